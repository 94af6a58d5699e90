"""One mail by a tenant's mail server, whatever it tells of. Raises NotDelivered, saying why, unless the server took it."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage

from flowforge.alerts.channel import SmtpSettings, secret
from flowforge.alerts.transport import mail
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ConfigurationError, FlowForgeError
from flowforge.transport.failure import EgressError

SUBJECT_CHARACTERS_MAX = 200


class NotDelivered(FlowForgeError):
    """The other side did not take the message; its text is for people and holds no secrets."""


async def send_mail(settings: SmtpSettings, to: Sequence[str], message_id: str, subject: str, text: str) -> None:
    """Send one mail. A repeat has the same id, by which a receiver knows it."""
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())[:SUBJECT_CHARACTERS_MAX]
    message["From"] = settings.sender
    message["To"] = ", ".join(to)
    message["Date"] = SYSTEM_CLOCK.now()
    message["Message-ID"] = f"<{message_id}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        password = None if settings.password_env is None else secret(settings.password_env)
        await mail(message, host=settings.host, port=settings.port, tls=settings.tls, username=settings.username, password=password)
    except ConfigurationError as error:
        raise NotDelivered(error.message, hint=error.hint) from None
    except EgressError as error:
        raise NotDelivered(error.message, hint=error.hint) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"the mail server answered with {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server did not take it: {type(error).__name__}") from None
