"""docs/scenario_format.md against the program: every field, metric, label and distribution, and no other."""
import re
import unittest

from scenario_fields import EXTRA, PLACES, properties_at, schema_of
from squall import ROOT, squall

TEXT = (ROOT / "docs" / "scenario_format.md").read_text()
WITH = {"parallel": "parallel", "work": "work", "choose": "choose", "cache step": "cache"}  # what makes a step such a one
DISTRIBUTIONS = {name for name, place in PLACES.items() if "latency" in place}


def place_of(heading):
    """`spec.load[].steps[]` as the keys that lead there."""
    if heading == ".":
        return ()
    keys = [key for part in heading.split(".") for key in re.findall(r"\[\]|[^\[\]]+", part)]
    return tuple(0 if key == "[]" else "a" if key == "*" else key for key in keys)


def tables():
    """(place, what the heading says more, fields) of each table of fields."""
    for section in re.split(r"\n#+ ", TEXT)[1:]:
        heading, _, body = section.partition("\n")
        named = re.match(r"`([^`]+)`(?: with `(\w+)`)?$", heading)
        if named and "| field |" in body:
            yield place_of(named[1]), named[2], set(re.findall(r"^\| `(\w+)` \|", body, re.M))


class FormatDocs(unittest.TestCase):
    def test_each_object_has_its_table_with_the_fields_that_it_has(self):
        schema = schema_of("scenario")
        seen = set()
        for place, wanted, fields in tables():
            fixed = {wanted: []} if wanted else EXTRA["call"] if place == PLACES["call"] else {}
            self.assertEqual(fields, properties_at(schema, place, fixed), place)
            seen.add((place, wanted))
        objects = {(place, WITH.get(name)) for name, place in PLACES.items()
                   if name not in DISTRIBUTIONS}
        without_fields = {(PLACES[name], None) for name in ("hang", "unready", "flush", "drop_connections", "expire", "stale",
                                                               "fail")}
        self.assertEqual(objects - seen, without_fields)

    def test_each_distribution_has_its_parameters(self):
        schema = schema_of("scenario")
        rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT.split("## Distributions")[1].split("## Exp")[0], re.M))
        self.assertEqual(set(rows), DISTRIBUTIONS)
        for name, row in rows.items():
            named = {word for word in re.findall(r"`(\w+)`", row)}
            self.assertEqual(named, properties_at(schema, PLACES[name], {}), name)

    def test_metrics_and_labels_are_those_that_can_be_judged(self):
        text = TEXT.split("## Expectations")[1].split("## Rules")[0]
        head = "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {expect: ['%s']}\n"
        metrics = squall("run", "-", stdin=head % "1 < 2").stderr.split("metrics are ")[1]
        labels = squall("run", "-", stdin=head % "p99{qqqqqqqq=\"x\"} < 2s").stderr.split("labels are ")[1]
        rows = re.findall(r"^\| (`.*?`) \|", text.split("| metric |")[1].split("| counted |")[0], re.M)
        self.assertEqual(sorted(re.findall(r"\w+", " ".join(rows))), sorted(re.findall(r"\b(?!and\b)\w+", metrics)))
        said = re.search(r"Labels: (.*?)\.", text)[1]
        self.assertEqual(re.findall(r"\b(?!and\b)\w+", said), re.findall(r"\b(?!and\b)\w+", labels))

    def test_labels_that_go_together_are_those_that_the_program_names(self):
        head = "apiVersion: squall.dev/v1\nkind: Scenario\nspec: {expect: ['%s{load=\"x\",from=\"y\"} < 2']}\n"
        table = TEXT.split("| counted |")[1].split("\n\n")[0]
        seen = []
        for metrics, *cells in re.findall(r"^\| (`.*?`) \| ?(.*?) ?\| ?(.*?) ?\| ?(.*?) ?\|$", table, re.M):
            by_itself_first = sorted(filter(None, cells), key=lambda cell: not cell.startswith("**"))
            wanted = [re.findall(r"\w+", cell) for cell in by_itself_first]
            for metric in re.findall(r"\w+", metrics):
                said = squall("run", "-", stdin=head % metric).stderr.split("; choose from ")[1]
                self.assertEqual([re.findall(r"\w+", one) for one in re.findall(r"{(.*?)}", said)], wanted, metric)
                seen.append(metric)
        self.assertEqual(len(seen), 33)

    def test_its_links_and_the_limits_lead_somewhere(self):
        for name in ("scenario_format.md", "limits.md"):
            for target in re.findall(r"\]\(([^)#]+)", (ROOT / "docs" / name).read_text()):
                self.assertTrue((ROOT / "docs" / target).exists(), target)
