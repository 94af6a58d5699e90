"""The audit log: what each principal did, one entry for each act, written in the transaction of the act itself.

Entries are numbered per tenant without gaps: the tenant's head row is locked from the append to the commit, so a
missing number would mean a removed entry. Signing the log comes later and needs no change to what is stored.
"""
