"""`squall schema`: scenarios that run validate, those with a wrong structure do not, and the fields are the reader's."""
import json
import re

import jsonschema
import yaml

from scenario_fields import EXTRA, PLACES, document_with, properties_at, schema_of
from squall import ROOT, Case, squall

HERE = ROOT / "tests" / "broken" / "scenarios"
# What is wrong with these no schema can say: it stands in other parts of the file, or in other files.
BEYOND_A_SCHEMA = {"config-dumps", "dotted-workload", "label-combinations", "labels", "labels-of-nothing", "load-named-twice", "made-up-names",
                   "no-sidecar", "not-found", "ports", "sidecar-bootstrap", "sidecar-checks", "sidecar-rules", "surge-on-a-ramp", "two-scenarios",
                   "unknown-names", "waypoints", "zones"}
# These are no YAML, or have no Scenario.
NO_DOCUMENT = {"alias-bomb", "colon", "control-character", "empty", "indentation", "latin-1", "nesting",
               "not-a-scenario", "open-bracket", "open-bracket-before", "quotes", "repeated-key", "star", "syntax", "tab"}


def documents_of(path):
    return [d for d in yaml.safe_load_all(path.read_text()) if isinstance(d, dict) and d.get("kind") == "Scenario"]


def shipped():
    found = [*ROOT.glob("scenarios/library/**/*.yaml"), *ROOT.glob("tests/theory/*.yaml"), ROOT / "tests/broken/whole.yaml"]
    return sorted(path for path in found if "manifests" not in path.parts and documents_of(path))


class Schema(Case):
    def test_it_is_a_schema_of_draft_7(self):
        for kind in ("scenario", "test", "report", "diff", "test-report"):
            jsonschema.Draft7Validator.check_schema(schema_of(kind))

    def test_every_shipped_scenario_validates(self):
        validator = jsonschema.Draft7Validator(schema_of("scenario"))
        paths = shipped()
        self.assertGreater(len(paths), 10)
        for path in paths:
            for document in documents_of(path):
                errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(document)]
                self.assertEqual(errors, [], path.name)

    def test_a_broken_scenario_of_wrong_structure_does_not(self):
        validator = jsonschema.Draft7Validator(schema_of("scenario"))
        names = {path.stem for path in HERE.glob("*.expected")}
        self.assertEqual((BEYOND_A_SCHEMA | NO_DOCUMENT) - names, set())
        for name in sorted(names - BEYOND_A_SCHEMA - NO_DOCUMENT):
            documents = list(yaml.safe_load_all((HERE / f"{name}.yaml").read_text()))
            self.assertFalse(validator.is_valid(documents[0]), name)

    def test_a_rate_is_a_second_a_minute_or_an_hour(self):
        validator = jsonschema.Draft7Validator(schema_of("scenario"))
        for rate, good in (("200/s", True), ("30/m", True), ("3600/h", True), ("200", False), ("1/d", False)):
            load = {"name": "x", "from": "outside", "to": "http://a/", "rate": rate}
            document = {"apiVersion": "squall.dev/v1", "kind": "Scenario", "spec": {"workloads": {"a": {}}, "load": [load]}}
            self.assertEqual(validator.is_valid(document), good, rate)
            self.assertEqual(self.squall("run", "-", stdin=json.dumps(document)).returncode == 0, good, rate)

    def test_schema_and_reader_have_the_same_fields_everywhere(self):
        schema = schema_of("scenario")
        for name, place in PLACES.items():
            fields = EXTRA.get(name, {})
            with self.subTest(name):
                document = document_with(place, {**fields, "qqqqqqqqqqqq": 1})
                done = squall("run", "-", stdin=yaml.safe_dump(document, sort_keys=False))
                found = re.search(r"qqqqqqqqqqqq: unknown field; (?:the fields here are (.*)|nothing can stand here)\n",
                                  done.stderr)
                self.assertIsNotNone(found, done.stderr)
                known = set((found[1] or "").split(", ")) - {""}
                self.assertEqual(known, properties_at(schema, place, fields))

    def test_every_shipped_test_validates(self):
        validator = jsonschema.Draft7Validator(schema_of("test"))
        paths = sorted(ROOT.glob("scenarios/**/*_test.yaml"))
        self.assertGreater(len(paths), 0)
        for path in paths:
            errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(yaml.safe_load(path.read_text()))]
            self.assertEqual(errors, [], path.name)

    def test_schema_and_reader_of_tests_have_the_same_fields(self):
        schema = schema_of("test")
        head = {"apiVersion": "squall.dev/v1", "kind": "Test"}
        test = {"name": "x", "qqqqqqqqqqqq": 1}
        for place, document in ((("spec",), {"spec": {"scenario": "a", "tests": [], "qqqqqqqqqqqq": 1}}),
                                (("metadata",), {"spec": {"scenario": "a", "tests": []}, "metadata": {"qqqqqqqqqqqq": 1}}),
                                (("spec", "tests", 0), {"spec": {"scenario": "a", "tests": [test]}}),
                                (("spec", "tests", 0, "threshold"),
                                 {"spec": {"scenario": "a", "tests": [{"name": "x", "threshold": {"qqqqqqqqqqqq": 1}}]}}),
                                (("spec", "tests", 0, "routes", 0),
                                 {"spec": {"scenario": "a", "tests": [{"name": "x", "routes": [{"qqqqqqqqqqqq": 1}]}]}})):
            done = squall("test", "-", stdin=yaml.safe_dump({**head, **document}))
            found = re.search(r"qqqqqqqqqqqq: unknown field; the fields here are (.*)\n", done.stderr)
            self.assertIsNotNone(found, done.stderr)
            self.assertEqual(set(found[1].split(", ")), properties_at(schema, place, {}))

    def test_of_what_there_is_no_schema(self):
        self.refused("squall: error: KIND: manifests not in {scenario,test,report,diff,test-report}; see `squall help schema`",
                     "schema", "manifests")

    def test_it_can_go_to_a_file(self):
        self.assertEqual(self.squall("schema", "scenario", "-o", "s.json").returncode, 0)
        self.assertEqual(json.loads((self.folder / "s.json").read_text()), schema_of("scenario"))
