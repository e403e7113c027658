"""The second factor: codes for one time by the clock (TOTP, RFC 6238), and codes for when the telephone is lost."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select, update

from riskml.accounts.accounts import count_failure
from riskml.accounts.desk_key import derived_key
from riskml.accounts.passwords import made_up
from riskml.accounts.secrets import digest_of
from riskml.accounts.tables import ACCOUNTS, RECOVERY_CODES, SECOND_FACTORS, SESSIONS
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError, RiskmlError
from riskml.database.database import Database

STEP = 30
"""Seconds that a code holds; one of an earlier or later half minute is none (OWASP ASVS 5.0, 6.5.5)."""

RECOVERY = 8
"""How many recovery codes somebody has."""

_NONCE = 12


class WrongCodeError(RiskmlError):
    """A code of the second factor is wrong, was used before, or of another half minute."""


@dataclass(frozen=True)
class Enrolment:
    """A second factor that is not confirmed yet: what a telephone reads, and the same to be typed."""

    address: str
    secret: str


def has_factor(connection: Connection, name: str) -> bool:
    """Whether an account has a second factor that was confirmed."""
    held = SECOND_FACTORS.c.account == name, SECOND_FACTORS.c.confirmed_on.is_not(None)
    return connection.execute(select(SECOND_FACTORS.c.account).where(*held)).first() is not None


def begin_factor(database: Database, name: str, session: str) -> Enrolment:
    """A new second factor of an account, or the one that the session with that digest began and did not confirm.

    What one session was shown no other goes on with: it might be somebody else's who knew the first password.

    Raises
    ------
    ConfigurationError
        Where there is one already, or no key to encrypt by.
    """
    with database.writing() as connection:
        if has_factor(connection, name):
            raise ConfigurationError(
                zh="已有第二因素；换手机请由管理员用 riskml user factor --reset 重置。",
                en="There is a second factor already; for another telephone the administrator resets it by 'riskml "
                "user factor --reset'.",
            )
        of_session = _begun_by(name, session)
        secret = _secret_of(connection, name, of_session)
        if secret is None:
            secret = pyotp.random_base32(32)
            values = {"account": name, "secret": _sealed(secret, of_session), "begun_on": china_now(), "last_step": 0}
            connection.execute(delete(SECOND_FACTORS).where(SECOND_FACTORS.c.account == name))
            connection.execute(insert(SECOND_FACTORS).values(values))
    return Enrolment(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="riskml"), secret)


def confirm_factor(database: Database, name: str, session: str, code: str) -> tuple[str, ...]:
    """Confirm a second factor by a code of it, for the session with that digest; its recovery codes, shown once.

    Raises
    ------
    WrongCodeError
        Where the code is wrong, or of what another session began; counted as a wrong password is.
    """
    with database.writing() as connection:
        begun = _is_open(connection, name) and not has_factor(connection, name)
        secret = _secret_of(connection, name, _begun_by(name, session)) if begun else None
        if secret is not None and _uses(connection, name, secret, code):
            codes = tuple(made_up(6) for _ in range(RECOVERY))
            values = {"secret": _sealed(secret, name), "confirmed_on": china_now()}
            connection.execute(update(SECOND_FACTORS).where(SECOND_FACTORS.c.account == name).values(values))
            connection.execute(delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account == name))
            connection.execute(insert(RECOVERY_CODES), [{"digest": digest_of(one), "account": name} for one in codes])
            _prove(connection, name, session)
            return codes
        count_failure(connection, name)
    raise _wrong()


def give_factor(database: Database, name: str, session: str, code: str) -> bool:
    """Prove the session with that digest by a code for one time or a recovery code; whether it was the latter.

    Raises
    ------
    WrongCodeError
        Where the code is wrong; counted as a wrong password is.
    """
    typed = code.strip()
    with database.writing() as connection:
        if _is_open(connection, name) and has_factor(connection, name):
            if _uses(connection, name, _confirmed(connection, name), typed):
                _prove(connection, name, session)
                return False
            of_recovery = RECOVERY_CODES.c.digest == digest_of(typed.lower()), RECOVERY_CODES.c.account == name
            unused = (*of_recovery, RECOVERY_CODES.c.used_on.is_(None))
            if connection.execute(update(RECOVERY_CODES).where(*unused).values(used_on=china_now())).rowcount:
                _prove(connection, name, session)
                return True
        count_failure(connection, name)
    raise _wrong()


def reset_factor(database: Database, name: str) -> None:
    """Forget an account's second factor and recovery codes, and end its sessions: it chooses another one next time."""
    with database.writing() as connection:
        if connection.execute(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)).first() is None:
            raise ConfigurationError(zh=f"没有账号 {name}。", en=f"There is no account {name}.")
        for table in (SECOND_FACTORS, RECOVERY_CODES, SESSIONS):
            connection.execute(delete(table).where(table.c.account == name))


def _is_open(connection: Connection, name: str) -> bool:
    """Whether an account is not locked; whoever gives a code of it at the same time waits, and is counted."""
    asked = select(ACCOUNTS.c.locked_until).where(ACCOUNTS.c.name == name)
    until = connection.execute(asked.with_for_update()).scalar_one()
    return until is None or until <= china_now()


def _uses(connection: Connection, name: str, secret: str, code: str) -> bool:
    """Whether a code is that of this half minute and was not used; it has been then."""
    step = int(time.time()) // STEP
    expected = pyotp.TOTP(secret).generate_otp(step)
    if not secrets.compare_digest(expected.encode(), code.strip().replace(" ", "").encode()):
        return False
    held = SECOND_FACTORS.c.account == name, SECOND_FACTORS.c.last_step < step
    return connection.execute(update(SECOND_FACTORS).where(*held).values(last_step=step)).rowcount == 1


def _prove(connection: Connection, name: str, session: str) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(failures=0))
    connection.execute(update(SESSIONS).where(SESSIONS.c.digest == session).values(proved=True))


def _begun_by(name: str, session: str) -> str:
    """Whose a second factor is until it is confirmed: an account's in one session."""
    return f"{name} {session}"


def _sealed(secret: str, whose: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(derived_key("second factors")).encrypt(nonce, secret.encode(), whose.encode())
    return base64.b64encode(nonce + sealed).decode()


def _secret_of(connection: Connection, name: str, whose: str) -> str | None:
    """What the codes of an account are reckoned from; None where nothing was begun, or it is not `whose`."""
    sealed = connection.execute(select(SECOND_FACTORS.c.secret).where(SECOND_FACTORS.c.account == name)).scalar()
    if sealed is None:
        return None
    raw = base64.b64decode(sealed)
    try:
        return AESGCM(derived_key("second factors")).decrypt(raw[:_NONCE], raw[_NONCE:], whose.encode()).decode()
    except InvalidTag:
        return None


def _confirmed(connection: Connection, name: str) -> str:
    secret = _secret_of(connection, name, name)
    if secret is None:
        raise ConfigurationError(
            zh=f"账号 {name} 的第二因素不是用现在的密钥加密的；请用原来的密钥，"
            f"或用 riskml user factor {name} --reset 重置。",
            en=f"The second factor of {name} was encrypted by another key: use that one, or reset it by 'riskml user "
            f"factor {name} --reset'.",
        )
    return secret


def _wrong() -> WrongCodeError:
    clock = china_now().strftime("%H:%M:%S")
    return WrongCodeError(
        zh=f"验证码不对、已用过或不是这半分钟的；服务器的时钟是 {clock}，手机的时钟应与它一致。连续输错会锁定账号。",
        en=f"The code is wrong, was used, or is of another half minute. The server's clock says {clock}, as the "
        "telephone's should. Wrong codes lock the account.",
    )
