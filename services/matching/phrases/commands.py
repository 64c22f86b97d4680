"""What operators do with phrases; each leaves its trace in the same transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import audit
from services.matching.phrases.errors import (
    BindingNotFound,
    PhraseIsAName,
    PhraseIsBound,
    PhraseNotFound,
)
from services.matching.phrases.models import (
    binding,
    binding_version,
    phrase,
    phrase_audit,
)
from services.matching.phrases.privacy import digest_of
from services.matching.phrases.queries import (
    binding_of,
    find_binding,
    find_phrase,
)
from services.matching.phrases.rules import binding_faults
from services.matching.phrases.schemas import NewBinding
from services.matching.skills.folding import fold
from services.matching.skills.names import names_of
from shared.identity import Caller
from shared.problems import InvalidRequest
from shared.values import new_id


async def bind_phrase(
    session: AsyncSession, caller: Caller, wanted: NewBinding
) -> tuple[RowMapping, bool]:
    """Bind a phrase to a concept; the binding, and whether it is new.

    Raises InvalidRequest, PhraseIsAName, and PhraseIsBound when it is bound to another
    concept.
    """
    faults = binding_faults(wanted.model_dump())
    if faults:
        raise InvalidRequest(faults=faults)
    folded = fold(wanted.phrase)
    if name := names_of(wanted.kind).exact(folded):
        owner = name.concept.id
        raise PhraseIsAName(f"It is a name of {owner}.", concept=owner)
    await _one_at_a_time(session)
    held = await binding_of(session, wanted.kind, folded)
    if held is not None:
        if held["concept"] == wanted.concept:
            return held, False
        message = f"It is bound to {held['concept']}."
        raise PhraseIsBound(message, concept=held["concept"], binding=str(held["id"]))
    values = {
        "id": new_id(),
        "kind": wanted.kind,
        "folded": folded,
        "concept": wanted.concept,
        "bound_by": caller.subject,
    }
    statement = insert(binding).values(values).returning(binding)
    made = (await session.execute(statement)).mappings().one()
    await _set_state(session, made, "bound")
    await _trace(session, caller, "bound", made["id"], None, _told(made))
    subject, told = ("binding", made["id"]), {"concept": wanted.concept}
    await audit(session, caller, "phrase.bind", subject, detail=told)
    await _announce(session)
    return made, True


async def unbind_phrase(
    session: AsyncSession, caller: Caller, binding_id: UUID
) -> None:
    """Take a binding back; its phrase is open again. Raises BindingNotFound."""
    await _one_at_a_time(session)
    held = await find_binding(session, binding_id)
    if held is None:
        raise BindingNotFound
    await session.execute(delete(binding).where(binding.c.id == binding_id))
    await _set_state(session, held, "open")
    await _trace(session, caller, "unbound", binding_id, _told(held), None)
    subject, told = ("binding", binding_id), {"concept": held["concept"]}
    await audit(session, caller, "phrase.unbind", subject, detail=told)
    await _announce(session)


async def dismiss_phrase(
    session: AsyncSession, caller: Caller, phrase_id: UUID
) -> RowMapping:
    """Nothing worth binding: it goes on being counted but is out of the way.

    Raises PhraseNotFound, PhraseIsBound.
    """
    key = select(phrase.c.id).where(phrase.c.id == phrase_id).with_for_update()
    await session.execute(key)
    held = await find_phrase(session, phrase_id)
    if held is None:
        raise PhraseNotFound
    if held["state"] == "bound":
        raise PhraseIsBound
    if held["state"] == "dismissed":
        return held
    state = update(phrase).where(phrase.c.id == phrase_id).values(state="dismissed")
    await session.execute(state)
    # its text may be why it was dismissed, so it is not copied to where nothing goes
    before, after = {"state": held["state"]}, {"state": "dismissed"}
    await _trace(session, caller, "dismissed", phrase_id, before, after)
    await audit(session, caller, "phrase.dismiss", ("phrase", phrase_id))
    dismissed = await find_phrase(session, phrase_id)
    assert dismissed is not None
    return dismissed


async def _one_at_a_time(session: AsyncSession) -> None:
    """Versions of the bindings become visible in the order of their numbers."""
    await session.execute(select(binding_version.c.version).with_for_update())


async def _announce(session: AsyncSession) -> None:
    """Every process sees the version move and reads the bindings anew."""
    moved = update(binding_version).values(version=binding_version.c.version + 1)
    await session.execute(moved)


async def _set_state(session: AsyncSession, bound: RowMapping, state: str) -> None:
    known = phrase.c.digest == digest_of(bound["kind"], bound["folded"])
    await session.execute(
        update(phrase).where(phrase.c.kind == bound["kind"], known).values(state=state)
    )


async def _trace(
    session: AsyncSession,
    caller: Caller,
    action: str,
    subject: UUID,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    await session.execute(
        insert(phrase_audit).values(
            who=caller.subject,
            role=caller.role.value,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )
    )


def _told(bound: RowMapping) -> dict[str, Any]:
    return {name: bound[name] for name in ("kind", "folded", "concept")}
