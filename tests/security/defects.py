"""Takes one defence away at a time and shows that a test cries out.

python -m tests.security.defects              all of them, in a copy of the sources; prints a line each and the count; exit 1 when one slips through
python -m tests.security.defects csp lock     those whose name begins so

A defect is a text of the program and what a careless hand could make of it, with the tests that must turn red. That every text still stands
in the program exactly once, and every test is there, is itself a test (`test_defects.py`): a defence that is rewritten takes its defect along.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "security", "views", "jobs", "translations", "tests")
FILES = ("config.py", "run.py", "pyproject.toml")
LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Defect:
    """A defence, where it stands, what it would be without, and which tests see that; `tests` are arguments of pytest."""

    name: str
    file: str
    text: str
    without: str
    tests: str


REQUESTS = "tests/security/test_requests.py"
SIGNING = "tests/security/test_signing_in.py"
STEP = "tests/security/test_second_step.py"
ACCOUNT = "tests/security/test_own_account.py"
WALLS = "tests/security/test_walls.py"
GIVING = "tests/security/test_giving.py"
ROLE_SCREENS = "tests/views/test_role_screens.py"
FIELD_RIGHTS = "tests/security/test_field_rights.py"
MATRIX = "tests/security/test_matrix.py::test_every_route_keeps_to_its_own"
BANK = "tests/bank/test_hostile_files.py"
ARCHIVE = "tests/bank/test_archive.py"
TEMPLATES = "tests/documents/test_templates.py"
SEALING = "tests/kernel/test_sealing.py"
TRAIL = "tests/kernel/test_unit_of_work.py::test_the_trail_says_who_changed_what_and_stays"
LEDGER = "tests/ledger/test_check.py"

DEFECTS = (
    # --- the request
    Defect("request-nul", "security/web.py", 'if "\\0" in key or "\\0" in value:', "if False:", REQUESTS),
    Defect("request-page-number", "security/web.py", 'if key.startswith(("page_", "psize_")) and not', "if False and not", REQUESTS),
    Defect("request-signed-out", "security/web.py", "    if g.access is None:\n        if errors", "    if False:\n        if errors", REQUESTS),
    Defect("request-no-permission", "security/web.py", "        return None\n    return abort(403)", "        return None\n    return None", REQUESTS),
    Defect("request-environment", "security/web.py", "        raise errors.OtherEnvironment(present.name)", "        return", REQUESTS),
    Defect("headers-none", "security/web.py", "        response.headers.setdefault(name, value)", "        pass", REQUESTS),
    Defect("headers-csp-inline", "security/web.py", "script-src 'self';", "script-src 'self' 'unsafe-inline';", REQUESTS),
    Defect("headers-kept-pages", "security/web.py", '        response.headers["Cache-Control"] = "no-store"', "        pass", REQUESTS),
    Defect("headers-https", "security/web.py", "max-age=31536000; includeSubDomains", "max-age=0", REQUESTS),
    Defect("cookie-addresses", "security/web.py", '        session.pop("page_history", None)\n', "", REQUESTS),
    Defect("cookie-other-sites", "config.py", 'SESSION_COOKIE_SAMESITE = "Lax"', "SESSION_COOKIE_SAMESITE = None", REQUESTS),
    Defect("cookie-scripts", "config.py", "SESSION_COOKIE_HTTPONLY = True", "SESSION_COOKIE_HTTPONLY = False", REQUESTS),
    Defect("csrf-off", "run.py", "    csrf.init_app(flask)\n", "", REQUESTS),
    Defect("csrf-of-any-environment", "security/views.py", "{session['token']} {to}", "{session['token']}", REQUESTS),
    Defect("errors-inside", "security/errors.py", 'message = f"Er ging iets mis aan onze kant;', 'message = f"{error!r} Er ging iets mis aan onze kant;', REQUESTS),
    Defect("errors-half-done", "security/errors.py", "    db.session.rollback()\n    if wants_json():", "    if wants_json():", REQUESTS),
    Defect("access-too-early", "security/queries.py", '            _assignment.first_day <= bindparam("today"),\n', "", REQUESTS),
    Defect("access-too-late", "security/queries.py", 'or_(_assignment.last_day.is_(None), _assignment.last_day >= bindparam("today"))', "_user.id > 0", REQUESTS),
    # --- signing in
    Defect("lock-off", "security/signing_in.py", "MOST_FAILURES = 5", "MOST_FAILURES = 5000", SIGNING),
    Defect("session-after-sign-out", "security/queries.py", "        _session.ended_at.is_(None),\n", "", SIGNING),
    Defect("session-for-ever", "security/queries.py", '        _session.began_at > bindparam("after"),\n', "", SIGNING),
    Defect("session-of-inactive", "security/queries.py", "        _user.active.is_(True),\n", "", SIGNING),
    Defect("session-token-kept", "security/accounts.py", 'return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()', "return token[:64]", SIGNING),
    Defect("sign-in-leads-away", "security/views.py", 'and not address.startswith(("//", "/\\\\"))', "or bool(address)", SIGNING),
    Defect("password-short", "security/passwords.py", "SHORTEST, LONGEST, FEWEST_DIFFERENT = 12,", "SHORTEST, LONGEST, FEWEST_DIFFERENT = 3,", SIGNING),
    Defect("password-leaked", "security/passwords.py", '["guesses"] < FEWEST_GUESSES:', '["guesses"] < 0:', SIGNING),
    Defect("password-present", "security/own_account.py", "        check_own_password(user_id, present)\n        set_password(user, wanted)", "        set_password(user, wanted)", SIGNING),
    Defect("password-other-sessions", "security/own_account.py", "must_replace_password = is_first\n    signing_in.end_sessions(user.id)\n", "must_replace_password = is_first\n", SIGNING),
    Defect("step-skipped", "security/queries.py", '        _session.waits_for == "",\n', "", STEP),
    Defect("step-code-twice", "security/second_factor.py", " and step > after_step:", ":", STEP),
    Defect("step-drift", "security/second_factor.py", "DRIFT_STEPS: Final = 1", "DRIFT_STEPS: Final = 20", STEP),
    Defect("step-guesses", "security/signing_in.py", "            _count_failure(pending.user_id, account.failures)", "            pass", STEP),
    Defect("step-recovery-twice", "security/signing_in.py", "            RecoveryCode.used_at.is_(None),\n", "", STEP),
    Defect("step-secret-plain", "security/second_factor.py", "return _box(key).encrypt(secret.encode()).decode()", 'return _box("").encrypt(secret.encode()).decode()', STEP),
    Defect("step-waits-for-ever", "security/accounts.py", "STEP_HOLDS = timedelta(minutes=15)", "STEP_HOLDS = timedelta(days=15)", STEP),
    Defect("link-lives-on", "security/own_account.py", "LINK_HOLDS = timedelta(hours=1)", "LINK_HOLDS = timedelta(days=1)", ACCOUNT),
    Defect("link-older-one", "security/own_account.py", "        session.execute(older.where(PasswordReset.used_at.is_(None))", "        (lambda _none: None)(older.where(PasswordReset.used_at.is_(None))", ACCOUNT),
    Defect("account-elsewhere", "views/access.py", "            if number in beyond:", "            if False:", ACCOUNT),
    Defect("account-unasked", "views/access.py", '        check_own_password(g.access.user.id, answers["own_password"], "own_password")\n        within', "        within", ACCOUNT),
    # --- giving rights
    Defect("giving-oneself", "security/giving.py", "if access.user.id in _users_of(row):", "if False:", GIVING),
    Defect("giving-more", "security/giving.py", "queries.permissions_of([role_id]) - access.permissions", "set()", GIVING),
    Defect("giving-by-renaming", "security/giving.py", ", *(inspect(role).attrs.name.history.deleted or ())}", "}", ROLE_SCREENS),
    Defect("giving-in-a-role", "security/giving.py", "for pair in added} - access.permissions", "for pair in added if False}", ROLE_SCREENS),
    Defect("role-ready", "views/roles.py", "return at_the_top() and item.name not in ROLES", "return at_the_top()", ROLE_SCREENS),
    Defect("role-of-a-province", "views/roles.py", "return not the_actor().ancestor_ids", "return True", ROLE_SCREENS),
    # --- fields
    Defect("field-in-lists", "views/base.py", "        return seen_of(self.datamodel.obj, columns)", "        return [*columns]", FIELD_RIGHTS),
    Defect("field-in-forms", "views/seeing.py", "return _without(form, hidden) if hidden else form", "return form", FIELD_RIGHTS),
    Defect("field-in-filters", "views/filters.py", "for name, offered in own._search_filters.items() if name not in hidden}", "for name, offered in own._search_filters.items()}", FIELD_RIGHTS),
    Defect("field-in-search", "app/relations/queries.py", ' and "iban" not in the_actor().hidden_fields', "", FIELD_RIGHTS),
    Defect("field-own-screens", "security/queries.py", "permissions=without_closed(permissions_of(", "permissions=frozenset(permissions_of(", FIELD_RIGHTS),
    # --- the walls
    Defect("wall-without-actor", "security/scope.py", '            raise NoActor("rows of an organisation were asked for without an actor")', "            pass", WALLS),
    Defect("wall-cards", "security/scope.py", "Relation, lambda cls: _relation_seen(cls.id, cls.organisation_id, own)", "Relation, lambda cls: cls.id > 0", WALLS),
    Defect("wall-on-cards", "security/scope.py", "OfRelation, lambda cls: _relation_seen(cls.relation_id, cls.organisation_id, own)", "OfRelation, lambda cls: cls.id > 0", WALLS),
    Defect("wall-references", "security/scope.py", "        _check_organisation(actor, row)\n        _require_visible(session, Relation, row.id)\n    _check_references(session, row)", "        _require_visible(session, Relation, row.id)", WALLS),
    Defect("wall-writes", "security/scope.py", '            raise OutOfScopeError(f"{type(row).__name__} out of scope")', "            pass", WALLS),
    Defect("wall-own-rows", "security/scope.py", "        with_loader_criteria(Owned, lambda cls: cls.organisation_id.in_(own), **options),\n", "", f"{MATRIX} -k sqlite-bram"),
    Defect("wall-database-reads", "app/migrations/guards.py", "FOR SELECT USING ({_SYSTEM} OR {readable})", "FOR SELECT USING (true)", f"{WALLS} -k postgresql"),
    Defect("screen-rows-of-others", "views/interface.py", "if len(found) == len(wanted) else None", "if found else None", f"{MATRIX} -k sqlite-bram"),
    Defect("screen-leads-away", "views/addresses.py", 'or address.startswith("//") or', "or", f"{MATRIX} -k sqlite-bram"),
    # --- the trail and the books
    Defect("trail-changed", "app/migrations/guards.py", "BEGIN SELECT RAISE(ABORT, 'facts are never changed: {table}'); END", "BEGIN SELECT 1; END", TRAIL),
    Defect("trail-secrets", "app/kernel/audit.py", '_SECRET = {"password", "token", "secret", "content", "document", "raw"}', "_SECRET: set[str] = set()", SEALING),
    Defect("seal-chain", "app/kernel/sealing.py", 'head = f"{previous}\\n', 'head = f"\\n', SEALING),
    Defect("seal-wiped-untold", "app/kernel/sealing.py", "finding = _untold(redactions.values())", "finding = None", SEALING),
    Defect("books-unbalanced", "app/migrations/facts.py", "HAVING count(l.id) < 2 OR coalesce(sum(l.amount_cents), 1) <> 0", "HAVING count(l.id) < 2", LEDGER),
    # --- files and templates from outside
    Defect("bank-dtd", "app/bank/camt053.py", 'if b"<!DOCTYPE" in first.upper():', "if False:", BANK),
    Defect("bank-size", "app/bank/camt053.py", "return _Counted(self.source, self.limits.file_bytes, first)", "return _Counted(self.source, 10**15, first)", BANK),
    Defect("archive-climbs", "app/bank/archive.py", 'or ".." in path.parts', "", ARCHIVE),
    Defect("archive-bomb", "app/bank/archive.py", "total > max(packed, 1) * _RATIO", "False", ARCHIVE),
    Defect("archive-nested", "app/bank/archive.py", "if content.startswith(_ARCHIVES):", "if False:", ARCHIVE),
    Defect("template-names", "app/documents/templates.py", "        if node.ctx != \"load\" or node.name not in known:", "        if node.name not in known and False:", TEMPLATES),
    Defect("template-filters", "app/documents/templates.py", "        if node.name not in _FILTERS:", "        if False:", TEMPLATES),
    Defect("template-kinds", "app/documents/templates.py", "    elif not isinstance(node, _PLAIN):", "    elif False:", TEMPLATES),
    Defect("mail-link-again", "app/enrollment/usecases/handing_in.py", ' == _hashed(token), Enrollment.state == "unconfirmed")', " != _hashed(token))", "tests/enrollment/test_handing_in.py"),
)  # fmt: skip


def copied(target: Path) -> None:
    """Copy what the tests need."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, target / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, target / file)


def caught(place: Path, defect: Defect) -> tuple[bool, str]:
    """Put a defect in the copy, run its tests, take it out again; return whether a test was red, and the first that was."""
    file = place / defect.file
    kept = file.read_text(encoding="utf-8")
    file.write_text(kept.replace(defect.text, defect.without), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *defect.tests.split()]
        command += [] if "-k" in command else ["-k", "not postgresql"]  # starting PostgreSQL takes longer than most of these tests
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    finally:
        file.write_text(kept, encoding="utf-8")
    red = next((line for line in ran.stdout.splitlines() if line.startswith("FAILED")), "")
    return ran.returncode == 1 and bool(red), red.removeprefix("FAILED ") or f"pytest ended with {ran.returncode}: {ran.stdout[-300:]}"


def main(names: list[str]) -> int:
    """Try the defects whose name begins with one of these words; all without words."""
    chosen = [defect for defect in DEFECTS if not names or defect.name.startswith(tuple(names))]
    slipped = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        copied(place)
        for defect in chosen:
            found, by = caught(place, defect)
            print(f"{'caught' if found else 'SLIPPED THROUGH':16} {defect.name:24} {by}", flush=True)
            slipped += [] if found else [defect.name]
    print(f"{len(chosen) - len(slipped)} of {len(chosen)} removed defences are seen by a test")
    return 1 if slipped else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
