"""`squall list` and `squall new`: the library, its files, drafts for manifests, what is wrong with a call."""
import json

from squall import ROOT, Case, squall

LIBRARY = ROOT / "scenarios" / "library"


class List(Case):
    def test_names_each_scenario_and_file_of_tests_with_a_sentence(self):
        text = squall("list").stdout
        self.assertIn("bookstore/payment-slow ", text)
        rows = json.loads(squall("list", "--format", "json").stdout)
        files = sorted(str(path.relative_to(LIBRARY))[:-5] for path in LIBRARY.rglob("*.yaml")
                       if "apiVersion: squall.dev/v1" in path.read_text())
        self.assertEqual([row["name"] for row in rows], files)
        self.assertEqual({row["kind"] for row in rows}, {"Scenario", "Test"})
        for row in rows:
            self.assertIn(row["summary"], text)


class New(Case):
    def test_a_blank_scenario_runs(self):
        text = squall("new").stdout
        self.write("draft.yaml", text)
        run = self.squall("run", "draft.yaml")
        self.assertIn(run.returncode, (0, 1), run.stderr)
        self.assertEqual(run.stderr.count("error"), 0, run.stderr)

    def test_one_of_the_library_is_copied_with_its_files(self):
        into = self.folder / "mine"
        made = squall("new", "bookstore/payment-slow", "-o", into)
        self.assertEqual(made.returncode, 0, made.stderr)
        for name in ["payment-slow.yaml", "manifests/web.yaml"]:
            self.assertEqual((into / name).read_text(), (LIBRARY / "bookstore" / name).read_text())
            self.assertIn(str(into / name), made.stdout)
        again = squall("new", "bookstore", "-o", into)
        self.assertEqual(again.returncode, 2)
        self.assertIn("is there already; give another folder with -o", again.stderr)

    def test_a_draft_of_manifests_names_them_as_seen_from_its_file_and_runs(self):
        file = self.folder / "drafts" / "draft.yaml"
        file.parent.mkdir()
        made = squall("new", "--manifests", LIBRARY / "online-boutique" / "manifests", "-o", file)
        self.assertEqual(made.returncode, 0, made.stderr)
        text = file.read_text()
        self.assertIn("- {to: http://productcatalogservice:3550/}  # guess, from env PRODUCT_CATALOG_SERVICE_ADDR", text)
        self.assertIn("from: loadgenerator, to: http://frontend/", text)
        run = squall("run", file, "--duration", "15s", "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        load = json.loads(run.stdout)["loads"][0]
        self.assertGreater(load["requests"], 50)
        self.assertEqual(load["failed"], 0)
        again = squall("new", "--manifests", LIBRARY / "online-boutique" / "manifests", "-o", file)
        self.assertEqual(again.returncode, 2)
        self.assertEqual(file.read_text(), text)

    def test_what_is_not_there(self):
        self.assertIn('the library has no "payment-slw"', squall("new", "payment-slw").stderr)
        self.assertEqual(squall("new", "nothing").returncode, 2)
        self.assertEqual(squall("new", "quickstart", "--manifests", "x").returncode, 2)
        self.assertEqual(self.squall("new", "--manifests", "none").returncode, 2)
        self.write("empty.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
        bare = self.squall("new", "--manifests", "empty.yaml")
        self.assertEqual(bare.returncode, 2)
        self.assertIn("no Deployment, StatefulSet or Pod", bare.stderr)
