"""Three hundred orders of three providers, placed by other hands, imported: a plan has nothing to do and no drift."""

from __future__ import annotations

import random
from collections import Counter

from reconciler.plan.findings import FindingKind
from tests.support.project import Project, findings

from .world import ACCOUNTS, Hands, add_accounts, imported

EACH = 100


def test_all_are_imported_and_plan_clean(project: Project) -> None:
    """Zero actions, zero drift; a lost state is found again; a second import leaves all alone; edits are drift."""
    add_accounts(project)
    hands = Hands(project, random.Random(7))
    hands.fill(EACH)
    project.zero()
    for account in ACCOUNTS:
        imports = imported(project, account=account)
        assert [left.why for left in imports.left] == []
        assert len(imports.written) == EACH
    assert project.writes().keys() <= {"POST /up42/auth/realms/public/protocol/openid-connect/token"}
    report = project.plan()
    assert report.plan.actions == ()
    assert Counter(kind for _, kind in findings(report)) == {FindingKind.IN_SYNC: 3 * EACH}
