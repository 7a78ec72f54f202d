"""`squall list` and `squall new`: the library, its files, drafts for manifests, what is wrong with a call."""
import json

from squall import ROOT, Case, squall

LIBRARY = ROOT / "scenarios" / "library"


MESH = "".join("""apiVersion: v1
kind: Service
metadata: {name: %(name)s}
spec: {selector: {app: %(name)s}, ports: [{port: 80, name: http, targetPort: 80}, {port: 8080, name: http-b, targetPort: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %(name)s}
spec:
  selector: {matchLabels: {app: %(name)s}}
  template:
    metadata: {labels: {app: %(name)s}}
    spec: {containers: [{name: app, %(more)s}]}
---
""" % {"name": name, "more": more} for name, more in (
    ("web", "envFrom: [{configMapRef: {name: urls}}], env: [{name: PAY_URL, value: 'https://pay.example.com/v1'}]"),
    ("db", "image: x"))) + """apiVersion: v1
kind: ConfigMap
metadata: {name: urls}
data: {DB_URL: 'http://db:8080/v1/items'}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [shop.example.com]
  gateways: [edge]
  http: [{match: [{uri: {prefix: /buy}}], route: [{destination: {host: web}}]}]
"""


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

    def test_nothing_else_of_its_folder_is_copied(self):
        squall("new", "outages/brown-out", "-o", self.folder / "mine")
        self.assertEqual([file.name for file in (self.folder / "mine").iterdir()], ["brown-out.yaml"])
        squall("new", "outages/brown-out_test", "-o", self.folder / "tests")
        self.assertEqual(sorted(file.name for file in (self.folder / "tests").iterdir()),
                         ["brown-out.yaml", "brown-out_test.yaml"])
        squall("new", "outages", "-o", self.folder / "all")
        self.assertGreater(len(list((self.folder / "all").iterdir())), 10)

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

    def test_a_draft_with_a_gateway_a_config_map_and_what_it_passes_over(self):
        self.write("m.yaml", MESH)
        made = self.squall("new", "--manifests", "m.yaml", "-o", "draft.yaml")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        text = (self.folder / "draft.yaml").read_text()
        for line in ("- {name: web, from: gateway/edge, to: http://shop.example.com/buy, rate: 20/s}  # a guess, from "
                     "VirtualService default/web (m.yaml:",
                     "- {to: http://db:8080/v1/items}  # guess, from ConfigMap urls DB_URL: http://db:8080/v1/items (m.yaml:",
                     "# passed over: env PAY_URL: https://pay.example.com/v1 (m.yaml:"):
            self.assertIn(line, text)
        self.assertNotIn("client", text)
        run = self.squall("run", "draft.yaml", "--duration", "12s", "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        load = json.loads(run.stdout)["loads"][0]
        self.assertEqual((load["failed"], load["status"]), (0, {"200": load["requests"]}))

    def test_what_is_not_there(self):
        self.assertIn('the library has no "payment-slw"', squall("new", "payment-slw").stderr)
        self.assertEqual(squall("new", "nothing").returncode, 2)
        self.assertEqual(squall("new", "quickstart", "--manifests", "x").returncode, 2)
        self.assertEqual(self.squall("new", "--manifests", "none").returncode, 2)
        self.write("empty.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
        bare = self.squall("new", "--manifests", "empty.yaml")
        self.assertEqual(bare.returncode, 2)
        self.assertIn("no Deployment, StatefulSet or Pod", bare.stderr)
