#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes flag-vectors.json: what hashes, operators and whole flags have to give.

Follows the rules as the manual states them and shares nothing with the Java code: other hash
library, other regular expressions, other dates. Run it from anywhere:

    python3 flags-service/src/test/python/flag_vectors.py

To add a case, extend one of the lists below and run it again.
"""

import calendar
import hashlib
import json
import math
import pathlib
import re
from datetime import datetime, timedelta, timezone

NOW = datetime(2026, 3, 31, 12, 30, 15, tzinfo=timezone.utc)
MISSING = object()


# --- hashes -------------------------------------------------------------------------------------


def official_fraction(prefix, identifier, salt):
    digits = hashlib.sha1((prefix + identifier + salt).encode()).hexdigest()[:15]
    # Doubles on both sides, as PostHog divides; Python's division of whole numbers is more exact.
    return float(int(digits, 16)) / float(0xFFFFFFFFFFFFFFF)


def rollout_fraction(key, identifier, salt=""):
    """Where an id falls in rollouts and variants; an empty one falls on 0, but not in holdouts."""
    return 0.0 if identifier == "" else official_fraction(key + ".", identifier, salt)


def hogflare_bucket(salt, identifier):
    digest = hashlib.sha1(f"{salt}:{identifier}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


KEYS = ["new-checkout", "pro-flag", "beta", "ünï", "a.b", "holdout"]
IDS = ["alice", "bob", "", "ユーザー", "7", "0199-long-" + "x" * 190, "a b", "quote\"s"]
SALTS = ["", "variant", "my-salt"]


def hash_vectors():
    official = [
        {"key": key, "id": i, "salt": salt, "fraction": official_fraction(key + ".", i, salt)}
        for key in KEYS
        for i in IDS
        for salt in SALTS
    ]
    official += [
        {"key": None, "id": i, "salt": "", "fraction": official_fraction("holdout-", i, "")}
        for i in IDS
    ]
    hogflare = [
        {"salt": salt, "id": i, "bucket": hogflare_bucket(salt, i)}
        for salt in KEYS + ["my-salt"]
        for i in IDS
    ]
    return {"official": official, "hogflare": hogflare}


# --- values -------------------------------------------------------------------------------------


def text(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def number(value):
    """A JSON number, or text that a strict reader of decimals accepts; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str):
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
            return float(value)
        if re.fullmatch(r"(?i)[+-]?(inf|infinity|nan)", value):
            return float(value)
    return None


def ascii_lower(value):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text(value))


# --- official operators -------------------------------------------------------------------------


def boolean_like(value):
    if isinstance(value, list):
        return all(boolean_like(v) for v in value)
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false"))


def truthy(value):
    if isinstance(value, list):
        return all(truthy(v) for v in value)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def exact(value, actual, version):
    if value == [] or (version == 1 and boolean_like(value)):
        return truthy(value) == truthy(actual)
    candidates = value if isinstance(value, list) else [value]
    return text(actual).lower() in [text(c).lower() for c in candidates]


def version_of(value):
    raw = text(value)
    raw = (raw[1:] if raw.startswith("v") else raw).strip()
    m = re.fullmatch(
        r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?", raw
    )
    if not m:
        return None
    pre = tuple(m.group(4).split(".")) if m.group(4) else ()
    if any(p == "" or (p.isdigit() and len(p) > 1 and p[0] == "0") for p in pre):
        return None
    build = tuple(m.group(5).split(".")) if m.group(5) else ()
    if any(p == "" for p in build):
        return None
    return tuple(int(m.group(i) or 0) for i in (1, 2, 3)), pre, build


def identifiers_key(parts):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts]


def version_key(version):
    core, pre, build = version
    return core, (0 if pre else 1), identifiers_key(pre), identifiers_key(build)


def version_range(operator, value):
    """Lowest version, its pre-release, first version beyond; None if it is no range."""
    if operator == "semver_wildcard":
        raw = text(value)
        raw = (raw[1:] if raw.startswith("v") else raw).strip()
        parts = raw.split(".")
        if "*" in parts:
            fixed = parts[: parts.index("*")]
            if len(parts) > 3 or any(p != "*" for p in parts[len(fixed) :]):
                return None
            if not all(p.isdigit() for p in fixed):
                return None
            numbers = [int(p) for p in fixed]
            if not numbers:
                return (0, 0, 0), (), None
            if len(numbers) == 1:
                return (numbers[0], 0, 0), (), (numbers[0] + 1, 0, 0)
            return (numbers[0], numbers[1], 0), (), (numbers[0], numbers[1] + 1, 0)
        operator = "semver_caret"
    version = version_of(value)
    if version is None:
        return None
    (major, minor, patch), pre, _ = version
    if operator == "semver_tilde":
        beyond = (major, minor + 1, 0)
    elif major:
        beyond = (major + 1, 0, 0)
    elif minor:
        beyond = (0, minor + 1, 0)
    else:
        beyond = (0, 0, patch + 1)
    return (major, minor, patch), pre, beyond


def in_range(found, actual):
    low, low_pre, beyond = found
    core, pre, _ = actual
    if pre and not (low_pre and core == low):
        return False
    at_least = version_key((core, pre, ())) >= version_key((low, low_pre, ()))
    return at_least and (beyond is None or core < beyond)


def step_back(moment, amount, unit):
    if unit in "hdw":
        return moment - timedelta(hours=amount * {"h": 1, "d": 24, "w": 168}[unit])
    for _ in range(amount):
        if unit == "m":
            year, month = (moment.year - 1, 12) if moment.month == 1 else (moment.year, moment.month - 1)
        else:
            year, month = moment.year - 1, moment.month
        day = min(moment.day, calendar.monthrange(year, month)[1])
        moment = moment.replace(year=year, month=month, day=day)
    return moment


def date_of(value):
    m = re.fullmatch(r"-?(\d+)([hdwmy])", value)
    if m:
        return step_back(NOW, int(m.group(1)), m.group(2)) if int(m.group(1)) < 10_000 else None
    if not re.fullmatch(
        r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?|\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
        value,
    ):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def property_date(actual):
    if isinstance(actual, str):
        moment = date_of(actual)
        if moment:
            return moment
    seconds = number(actual)
    if seconds is None or not abs(seconds) < 1e11:
        return None
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)


def compare(operator, left, right):
    return {
        "gt": left > right,
        "gte": left >= right,
        "lt": left < right,
        "lte": left <= right,
        "eq": left == right,
        "neq": left != right,
    }[operator]


PATTERN_ERROR = "broken"


def search(pattern, haystack):
    try:
        if "(?=" in pattern or "\\1" in pattern:
            return PATTERN_ERROR
        return re.search(pattern, haystack) is not None
    except re.error:
        return PATTERN_ERROR


def official(operator, value, actual, version=1):
    present = actual is not MISSING
    if operator == "is_set":
        return present
    if operator == "is_not_set":
        return not present
    if value is MISSING or value is None:
        return False
    if operator == "exact":
        return present and exact(value, actual, version)
    if operator == "is_not":
        return not present or not exact(value, actual, version)
    negative = operator.startswith("not_")
    plain = operator[4:] if negative else operator
    if plain in ("icontains", "icontains_multi", "starts_with", "ends_with"):
        if not present:
            return negative
        have = ascii_lower(actual)
        wanted = value if plain == "icontains_multi" and isinstance(value, list) else [value]
        test = {
            "icontains": lambda w: w in have,
            "icontains_multi": lambda w: w in have,
            "starts_with": have.startswith,
            "ends_with": have.endswith,
        }[plain]
        return any(test(ascii_lower(w)) for w in wanted) != negative
    if plain == "regex":
        if not present:
            return negative
        found = search(text(value), text(actual))
        return found is not PATTERN_ERROR and found != negative
    if operator in ("gt", "gte", "lt", "lte"):
        left, right = (None if not present else number(actual)), number(value)
        return left is not None and right is not None and compare(operator, left, right)
    if plain == "between":
        if not present:
            return negative
        if not (isinstance(value, list) and len(value) == 2):
            return False
        low, high = number(value[0]), number(value[1])
        if low is None or high is None or not low <= high:
            return False
        have = number(actual)
        if have is None or math.isnan(have):
            return False
        return (low <= have <= high) != negative
    if not present:
        return False
    if operator in ("semver_tilde", "semver_caret", "semver_wildcard"):
        have, found = version_of(actual), version_range(operator, value)
        return have is not None and found is not None and in_range(found, have)
    if operator.startswith("semver_"):
        have, wanted = version_of(actual), version_of(value)
        if have is None or wanted is None:
            return False
        return compare(operator[7:], version_key(have), version_key(wanted))
    if operator.startswith("is_date_"):
        if not isinstance(value, str):
            return False
        have, wanted = property_date(actual), date_of(value)
        if have is None or wanted is None:
            return False
        return compare({"exact": "eq", "before": "lt", "after": "gt"}[operator[8:]], have, wanted)
    if operator in ("in", "not_in", "flag_evaluates_to"):
        return False
    raise ValueError(operator)


# --- hogflare's operators -----------------------------------------------------------------------


def same_json(left, right):
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return type(left) is type(right) and left == right


def loose_number(value):
    if isinstance(value, bool):
        return float(value)
    return number(value.strip() if isinstance(value, str) else value)


def loose_truth(value):
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.strip().lower()
        )
    return None


def hogflare_equal(left, right):
    if same_json(left, right):
        return True
    a, b = loose_number(left), loose_number(right)
    if a is not None and b is not None:
        return abs(a - b) < 2.220446049250313e-16
    a, b = loose_truth(left), loose_truth(right)
    return a is not None and a == b


def hogflare_contains(actual, value, folded):
    if isinstance(actual, list):
        return any(
            hogflare_equal(e, value) or (folded and hogflare_contains(e, value, True)) for e in actual
        )
    if not isinstance(actual, str) or not isinstance(value, str):
        return False
    return value.lower() in actual.lower() if folded else value in actual


def hogflare(operator, value, actual):
    if value is MISSING:
        value = None
    if operator == "is_not_set":
        return actual is MISSING or actual is None
    if actual is MISSING:
        return False
    if operator == "is_set":
        return actual is not None
    if operator in ("eq", "exact", "is"):
        return hogflare_equal(actual, value)
    if operator == "is_not":
        return not hogflare_equal(actual, value)
    if operator in ("in", "not_in"):
        if not isinstance(value, list):
            return False
        return any(hogflare_equal(actual, v) for v in value) == (operator == "in")
    if operator.endswith("contains"):
        found = hogflare_contains(actual, value, "icontains" in operator)
        return found != operator.startswith("not_")
    if operator.endswith("regex"):
        if not isinstance(actual, str) or not isinstance(value, str):
            return False
        found = search(value, actual)
        return found is not PATTERN_ERROR and found != operator.startswith("not_")
    left, right = loose_number(actual), loose_number(value)
    return left is not None and right is not None and compare(operator, left, right)


# --- operator cases -----------------------------------------------------------------------------

ACTUALS = [
    MISSING, None, True, False, 0, 1, 18, 21, 1.0, 1.5, -3, "", "1", "1.0", "18", " 21 ", "true",
    "TRUE", "no", "yes", "banana", "Banana Split", "ÄPFEL", "äpfel", "pro", "PRO", "NaN", "inf",
    "1e3", "0x10", "5f", [], ["a", "pro"], ["true"], [True], [1, 2], {"a": 1}, {"a": [1, None]},
]
VALUES = [
    MISSING, None, True, False, "true", "False", [], ["true", "false"], ["TRUE"], ["true", "x"],
    1, 1.0, 0, "1", "1.0", "18", 21, "21", "banana", "BANANA", "an", "äPFEL", "pro", ["pro", "free"],
    [1, "18"], "a", "split", "^b.*a$", "(unclosed", "a(?=b)", "[0-9]+", [1, 20], ["1", "20"],
    [20, 1], ["x", 2], [1], "NaN", [True], {"a": 1},
]
VERSIONS = [
    "1.2.3", "v1.2.3", "1.2", "1", "1.2.3-beta.1", "1.2.3-beta.2", "1.2.3-beta.11", "1.2.3-rc",
    "1.2.3+build", "01.002.3", "1.2.3.4", "1..2", "", "x.y", "2.0.0", "1.9.9", "0.2.3", "0.2.9",
    "0.3.0", "0.0.3", "0.0.4", "1.3.0-alpha", " 1.2.3 ", "v 1.2.3", 1, 1.5, "10.0.0", "1.*", "1.2.*",
    "1.*.*", "*", "1.*.3", "v2.*", "1.2.3.*",
]
DATES = [
    "2026-03-31", "2026-03-31T12:30:15Z", "2026-03-31 12:30:15", "2026-03-31T12:30:15+02:00",
    "2026-03-31T12:30", "2026-03-31 12:30:15.250", "2026-02-30", "2025-03-31T12:30:15Z",
    "2026-02-28T12:30:15Z", "2026-01-28T12:30:15Z", "1h", "-1d", "7d", "2w", "1m", "2m", "13m", "1y",
    "100y", "10000d", "1x", "1.2y", "12", "1s", "0d", "tomorrow", 1774960215, "1774960215.5",
    1774960215.25, True, None, ["2026-03-31"], "",
]
TEXT_OPERATORS = [
    "exact", "is_not", "icontains", "not_icontains", "icontains_multi", "not_icontains_multi",
    "starts_with", "not_starts_with", "ends_with", "not_ends_with", "regex", "not_regex", "is_set",
    "is_not_set", "gt", "gte", "lt", "lte", "between", "not_between", "in", "not_in",
    "flag_evaluates_to",
]
VERSION_OPERATORS = [
    "semver_gt", "semver_gte", "semver_lt", "semver_lte", "semver_eq", "semver_neq", "semver_tilde",
    "semver_caret", "semver_wildcard",
]
DATE_OPERATORS = ["is_date_exact", "is_date_before", "is_date_after"]
HOGFLARE_OPERATORS = [
    "eq", "exact", "is", "is_not", "in", "not_in", "contains", "not_contains", "icontains",
    "not_icontains", "regex", "not_regex", "is_set", "is_not_set", "gt", "gte", "lt", "lte",
]


def encoded(value):
    """A list of none or one, so that a missing value differs from null."""
    return [] if value is MISSING else [value]


def matrix(operators, values, actuals, rule):
    """One row for each operator and value: its answers to all actual values as a text of 0 and 1."""
    rows = []
    for operator in operators:
        for value in values:
            answers = "".join("1" if rule(operator, value, a) else "0" for a in actuals)
            rows.append({"operator": operator, "value": encoded(value), "answers": answers})
    return {"actuals": [encoded(a) for a in actuals], "rows": rows}


def operator_vectors():
    missing_versions = VERSIONS + [MISSING, None]
    missing_dates = DATES + [MISSING]
    return {
        "official": [
            {"matching": 1, **matrix(TEXT_OPERATORS, VALUES, ACTUALS, official)},
            {
                "matching": 2,
                **matrix(
                    ["exact", "is_not"], VALUES, ACTUALS, lambda o, v, a: official(o, v, a, 2)
                ),
            },
            {"matching": 1, **matrix(VERSION_OPERATORS, VERSIONS, missing_versions, official)},
            {"matching": 1, **matrix(DATE_OPERATORS, DATES, missing_dates, official)},
        ],
        "hogflare": [matrix(HOGFLARE_OPERATORS, VALUES, ACTUALS, hogflare)],
    }


# --- whole flags --------------------------------------------------------------------------------


def official_flag(flag, identifier):
    """The value of a flag whose conditions have rollouts and variants, but no filters."""
    filters = flag["filters"]
    holdout = filters.get("holdout")
    if holdout:
        if official_fraction("holdout-", identifier, "") <= holdout["exclusion_percentage"] / 100:
            return f"holdout-{holdout['id']}"
    variants = (filters.get("multivariate") or {}).get("variants", [])
    for condition in filters["groups"]:
        rollout = condition.get("rollout_percentage")
        limit = 100 if rollout is None else rollout
        if limit < 100 and rollout_fraction(flag["key"], identifier) > limit / 100:
            continue
        if condition.get("variant") in [v["key"] for v in variants]:
            return condition["variant"]
        fraction, total = rollout_fraction(flag["key"], identifier, "variant"), 0
        for variant in variants:
            total += variant["rollout_percentage"]
            if fraction < total / 100:
                return variant["key"]
        return True
    return False


def hogflare_flag(flag, identifier):
    posthog = flag.get("bucketing") == "posthog"
    if posthog:
        bucket = official_fraction(flag["key"] + ".", identifier, flag.get("salt", "")) * 100
        variant_bucket = official_fraction(flag["key"] + ".", identifier, "variant") * 100
    else:
        bucket = variant_bucket = hogflare_bucket(flag.get("salt") or flag["key"], identifier)
    condition = (flag.get("conditions") or [{}])[0]
    rollout = condition.get("rollout_percentage", flag.get("rollout_percentage", 100))
    if not bucket < rollout:
        return False
    total = 0
    for variant in condition.get("variants") or flag.get("variants", []):
        total += variant["rollout_percentage"]
        if variant_bucket < min(total, 100):
            return variant["key"]
    return True


def variants(*shares):
    return [{"key": f"v{i}", "rollout_percentage": share} for i, share in enumerate(shares)]


OFFICIAL_FLAGS = [
    {"key": "half", "filters": {"groups": [{"rollout_percentage": 50}]}},
    {"key": "none", "filters": {"groups": [{"rollout_percentage": 0}]}},
    {"key": "fine", "filters": {"groups": [{"rollout_percentage": 12.5}]}},
    {"key": "steps", "filters": {"groups": [{"rollout_percentage": 10}, {"rollout_percentage": 35}]}},
    {
        "key": "three",
        "filters": {
            "groups": [{"rollout_percentage": 80}],
            "multivariate": {"variants": variants(33.3, 33.3, 33.4)},
        },
    },
    {
        "key": "gap",
        "filters": {
            "groups": [{"rollout_percentage": None}],
            "multivariate": {"variants": variants(20, 30)},
        },
    },
    {
        "key": "forced",
        "filters": {
            "groups": [
                {"rollout_percentage": 25, "variant": "v1"},
                {"rollout_percentage": 100, "variant": "nosuch"},
            ],
            "multivariate": {"variants": variants(50, 50)},
        },
    },
    {
        "key": "held",
        "filters": {
            "groups": [{"rollout_percentage": 100}],
            "holdout": {"id": 7, "exclusion_percentage": 20},
            "multivariate": {"variants": variants(50, 50)},
        },
    },
]
HOGFLARE_FLAGS = [
    {"key": "h-half", "rollout_percentage": 50},
    {"key": "h-salt", "rollout_percentage": 30, "salt": "my-salt"},
    {"key": "h-variants", "variants": variants(25, 25, 25)},
    {"key": "h-both", "rollout_percentage": 50, "variants": variants(50, 50)},
    {"key": "h-condition", "rollout_percentage": 10, "conditions": [{"rollout_percentage": 60}]},
    {"key": "p-half", "rollout_percentage": 50, "bucketing": "posthog"},
    {"key": "p-salt", "rollout_percentage": 30, "salt": "my-salt", "bucketing": "posthog"},
    {"key": "p-variants", "variants": variants(25, 25, 25), "bucketing": "posthog"},
]


def flag_vectors():
    ids = [f"user-{i}" for i in range(500)] + [""]
    return [
        {"definition": flag, "results": [rule(flag, i) for i in ids]}
        for flags, rule in ((OFFICIAL_FLAGS, official_flag), (HOGFLARE_FLAGS, hogflare_flag))
        for flag in flags
    ]


def main():
    vectors = {
        "now": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hashes": hash_vectors(),
        "operators": operator_vectors(),
        "flags": flag_vectors(),
    }
    target = pathlib.Path(__file__).parents[1] / "resources" / "flag-vectors.json"
    rows = json.dumps(vectors, ensure_ascii=False, separators=(",", ":"))
    # One case a line, so that a change shows what it changes.
    target.write_text(re.sub(r'(?<=[\[,])(?=\{"(key|salt|operator|definition)")', "\n", rows) + "\n")


if __name__ == "__main__":
    main()
