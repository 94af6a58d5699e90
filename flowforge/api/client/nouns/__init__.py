"""One file a noun. Written by flowforge.api.client_source, out of the OpenAPI document."""
