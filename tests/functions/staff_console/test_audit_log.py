"""The audit log, searched by who, by what and by days, all together and page by page."""

from __future__ import annotations

import re

from tests.functions.conftest import Clock
from tests.functions.staff_console.conftest import Console

ROW = re.compile(r'<tr><th scope="row" class="amount">(\d+)</th>')


def shown(page: str) -> list[int]:
    return [int(number) for number in ROW.findall(page)]


def test_filters_go_together_over_all_pages(console: Console, clock: Clock) -> None:
    audit = console.deployment.audit
    operator = console.officer("operator").id
    wanted = []
    for day in range(4):
        for turn in range(90):
            action = "backup.make" if turn % 3 else "backup.restore"
            entry = audit.append(operator if turn % 2 else "system", action, "backup")
            if day in (1, 2) and turn % 2 and turn % 3:
                wanted.append(entry.seq)
        clock.later(days=1)
    auditor = console.browser("auditor")
    query = f"pelaku={operator}&tindakan=backup.make&dari=2026-11-21&sampai=2026-11-22"
    path, told = f"/staff/audit?{query}", []
    while path:
        page = auditor.get(path).text
        told += shown(page)
        further = re.search(r'href="(/staff/audit[?][^"]*sebelum=[0-9]+)"', page)
        path = further[1].replace("&amp;", "&") if further else ""
    assert told == wanted[::-1]
    page = auditor.get("/staff/audit?dari=2026-11-23&sampai=2026-11-22").text
    assert shown(page) == []
    assert "Tidak ada catatan yang cocok." in page


def test_a_day_begins_at_the_kelurahan_s_midnight(console: Console, clock: Clock) -> None:
    audit = console.deployment.audit
    clock.later(hours=14)  # midnight of the 21st in Bandung
    clock.later(seconds=-1)
    before = audit.append("system", "backup.make", "backup").seq
    clock.later(seconds=1)
    after = audit.append("system", "backup.make", "backup").seq
    auditor = console.browser("auditor")
    assert shown(auditor.get("/staff/audit?dari=2026-11-21").text) == [after + 1, after]
    assert before in shown(auditor.get("/staff/audit?sampai=2026-11-20").text)
    assert after not in shown(auditor.get("/staff/audit?sampai=2026-11-20").text)


def test_what_is_no_day_is_told_at_its_field(console: Console) -> None:
    page = console.browser("auditor").get("/staff/audit?dari=kemarin")
    assert page.status_code == 400
    assert 'id="dari-error"' in page.text
    assert "<details>" in page.text


def test_a_page_with_all_filters_costs_sixty_reads_at_most(console: Console) -> None:
    operator = console.officer("operator").id
    for _ in range(30):
        console.deployment.audit.append(operator, "backup.make", "backup")
    query = f"pelaku={operator}&tindakan=backup.make&dari=2026-11-01&sampai=2026-11-30"
    assert 25 <= console.reads("auditor", f"/staff/audit?{query}") <= 60
