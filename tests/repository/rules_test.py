"""The repository keeps its rules, and each rule finds what it is for."""
import pathlib
import unittest

import arrows
import links
import rules
import shape
import source
import words

FILES = source.tracked(rules.ROOT)


def found(check, path, text, *more):
    return [finding.what for finding in check(source.File(path, text), *more)]


class Repository(unittest.TestCase):
    def test_keeps_its_rules(self):
        broken = [str(finding) for finding in sorted(set(rules.findings(FILES, rules.ROOT)))]
        self.assertFalse(broken, "\n".join(["", *broken]))


class Arrows(unittest.TestCase):
    KNOWN = {"policies/retry.h", "policies/base/time.h", "sim/run.h", "cli/clock.h", "config/value.h"}

    def check(self, path, line):
        return found(arrows.check, path, line + "\n", self.KNOWN)

    def test_an_allowed_include_passes(self):
        for path in ("sim/run.cc", "proxy/loop.cc", "config/value.cc", "tests/sim/run_test.cc"):
            self.assertEqual(self.check(path, '#include "policies/retry.h"'), [])

    def test_an_arrow_against_the_table_is_found(self):
        for path, target in (("policies/retry.cc", "sim/run.h"), ("proxy/loop.cc", "sim/run.h"),
                             ("policies/base/time.cc", "policies/retry.h"), ("reports/pool.cc", "policies/retry.h"),
                             ("policies/retry.cc", "config/value.h"), ("sim/run.cc", "cli/clock.h")):
            self.assertEqual(len(self.check(path, f'#include "{target}"')), 1, (path, target))

    def test_an_include_relative_to_its_own_folder_is_found(self):
        self.assertEqual(len(self.check("policies/retry.cc", '#include "retry.h"')), 1)

    def test_outside_headers_stay_in_their_places(self):
        self.assertEqual(len(self.check("sim/run.cc", "#include <yaml-cpp/yaml.h>")), 1)
        self.assertEqual(len(self.check("policies/retry.cc", "#include <thread>")), 1)
        self.assertEqual(self.check("config/document_yaml.cc", "#include <yaml-cpp/yaml.h>"), [])

    def test_a_commented_include_is_no_include(self):
        self.assertEqual(self.check("policies/retry.cc", '// #include "sim/run.h"'), [])


class Words(unittest.TestCase):
    BAD = {
        "policies/a.cc": ["auto t = std::chrono::steady_clock::now();", "time(nullptr);", "std::mt19937 g;",
                          "std::normal_distribution<double> d;", "double x = std::log(y);", "std::cout << x;",
                          "std::exit(1);", 'printf("x");', "throw 1;", "#ifdef SIM", "float x;", "rand();",
                          "__builtin_prefetch(p);"],
        "policies/machine/a.cc": ["std::function<void()> f;", "std::shared_ptr<int> p;"],
        "tests/a_test.cc": ["std::this_thread::sleep_for(1ms);", "std::random_device r;"],
        "docs/a.md": ["See TO" "DO.", "In /wor" "k/main.", "From py" "pi.org.", "<<<<<" "<< HEAD", ">>>>>" ">> 1a2b (sim)"],
    }
    GOOD = {
        "policies/a.cc": ["double x = std::sqrt(y) + std::fabs(z) + std::floor(w);", "// std::log is not exact",
                          'what = "exit(1)";', "runtime(nullptr);", "on_timer(now);", "queue.time();"],
        "proxy/clock.h": ["std::chrono::steady_clock::now();"],
        "cli/main.cc": ["std::exit(1);"],
        "reports/a.cc": ["std::snprintf(text, 9, format);"],
    }

    def test_what_is_banned_is_found(self):
        for path, lines in self.BAD.items():
            for line in lines:
                self.assertEqual(len(found(words.check, path, line + "\n")), 1, (path, line))

    def test_what_is_allowed_passes(self):
        for path, lines in self.GOOD.items():
            for line in lines:
                self.assertEqual(found(words.check, path, line + "\n"), [], (path, line))


class Shape(unittest.TestCase):
    def test_long_files_are_found(self):
        self.assertEqual(len(found(shape.sizes, "sim/a.h", "//\n" * 151)), 1)
        self.assertEqual(found(shape.sizes, "sim/a.h", "//\n" * 150), [])
        self.assertEqual(len(found(shape.sizes, "sim/a.cc", "//\n" * 401)), 1)

    def test_long_functions_are_found(self):
        body = "  x();\n"
        for head in ("void f()", "int A::f(int a,\n  int b) const", "A::A() : x_(1), y_{2}", "auto f = [](int)"):
            extra = head.count("\n")
            fits = head + " {\n" + body * (68 - extra) + "}\n"
            self.assertEqual(found(shape.sizes, "sim/a.cc", "namespace n {\n" + fits + "}\n"), [], head)
            self.assertEqual(len(found(shape.sizes, "sim/a.cc", "class C {\n" + fits.replace("}\n", body + "}\n")
                                       + "};\n")), 1, head)

    def test_long_classes_are_no_functions(self):
        self.assertEqual(found(shape.sizes, "sim/a.cc", "class C : public D<void()> {\n" + "  int x;\n" * 80 + "};\n"), [])

    def test_deep_and_unregistered_files_are_found(self):
        for path in ("sim/a/b/c.cc", "tests/odd.cc", "policies/CamelCase.cc", "other/a.cc"):
            self.assertTrue(found(shape.places, path, ""), path)
        for path in ("sim/a/b.cc", "tests/policies/lb/ring_test.cc", "proxy/main/main.cc"):
            self.assertEqual(found(shape.places, path, ""), [], path)

    def test_a_source_needs_a_test(self):
        def untested(*paths, exceptions=None):
            return [f.file for f in shape.untested([source.File(p, "") for p in paths], exceptions or {})]
        self.assertEqual(untested("sim/ladder.cc"), ["sim/ladder.cc"])
        self.assertEqual(untested("sim/ladder_rung.cc", "tests/sim/ladder_test.cc"), [])
        self.assertEqual(untested("sim/a.cc", "tests/sim/b_test.cc", exceptions={"sim/a.cc": "tests/sim/b_test.cc"}), [])
        self.assertEqual(len(untested("tests/sim/b_test.cc", exceptions={"sim/a.cc": "tests/sim/b_test.cc"})), 1)

    def test_a_header_says_what_it_is(self):
        self.assertEqual(found(shape.header, "sim/a.h", "// A: what.\n#pragma once\n"), [])
        self.assertEqual(len(found(shape.header, "sim/a.h", "int x;\n")), 2)
        self.assertEqual(len(found(shape.header, "sim/a.h", "// x\n" * 12 + "#pragma once\n")), 1)


class Links(unittest.TestCase):
    def test_dead_links_are_found(self):
        root = pathlib.Path(__file__).resolve().parent
        page = "# A title\n[a](rules.py) [b](none.md) [c](#a-title) [d](#other) `[e](none)` [f](https://example.org)\n"
        what = [f.what for f in links.check([source.File("a.md", page)], root)]
        self.assertEqual(what, ["dead link: there is no none.md", "dead link: a.md has no heading #other"])


if __name__ == "__main__":
    unittest.main()
