#!/usr/bin/env python3
"""Which places of a source are changed, and to what."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mutants  # noqa: E402


def changes(source):
    """What each place of a source can become."""
    return [sorted(m.after for m in found) for _, found in mutants.candidates("a.cc", source + "\n")]


class Mutants(unittest.TestCase):
    def test_a_comparison_moves_its_bound_or_turns_round(self):
        self.assertEqual(changes("if (a < b) c();"), [["if (a <= b) c();", "if (a >= b) c();"]])

    def test_operators_that_join_conditions_and_sums_are_swapped(self):
        self.assertEqual(changes("x = a && b;\ny = a - b;"), [["x = a || b;"], ["y = a + b;"]])

    def test_numbers_are_one_more_in_their_own_spelling(self):
        source = "a = 0;\nb = 1'000;\nc = 0x1fU;\nd = 250ms;\ne = 0.5;\nf = 0x1p-3;\ng = 1e9;"
        self.assertEqual(changes(source), [["a = 1;"], ["b = 1001;"], ["c = 0x20U;"], ["d = 251ms;"], ["e = 1.5;"],
                                           ["f = (0x1p-3 + 1);"], ["g = (1e9 + 1);"]])

    def test_signs_and_nots_are_dropped(self):
        self.assertEqual(changes("return -a;"), [["return a;"]])
        self.assertEqual(changes("if (!a) b();"), [["if (a) b();"]])

    def test_truth_and_extremes_are_swapped(self):
        self.assertEqual(changes("a = true;\nb = std::min(c, d);"), [["a = false;"], ["b = std::max(c, d);"]])

    def test_what_only_names_or_declares_is_left_alone(self):
        source = ('#include <a>\n#define B 1\n// 1 < 2\nconst char* c = "1 < 2";\nstd::array<int, 3> d;\nT&& e(F* f);\n'
                  "enum class G { kA = 1 };\nstatic_assert(1 < 2);\nusing H = I<4>;\ntemplate <int N = 5>\n"
                  "bool operator==(const J& a);\nstd::array<std::pair<int, K<6>>, 7> l;\n")
        self.assertEqual(changes(source), [])

    def test_equal_lines_are_places_of_their_own(self):
        keys = [key for key, _ in mutants.candidates("a.cc", "a = 1;\n  a = 1;\na = 1;\n")]
        self.assertEqual(len(set(keys)), 3)

    def test_the_draw_depends_on_the_seed_and_not_on_other_lines(self):
        source = "".join(f"a{i} = {i};\n" for i in range(50))
        drawn = [m.before for m in mutants.draw("1", {"a.cc": source})]
        self.assertEqual([m.before for m in mutants.draw("1", {"a.cc": f"// more\n{source}"})], drawn)
        self.assertNotEqual([m.before for m in mutants.draw("2", {"a.cc": source})], drawn)


if __name__ == "__main__":
    unittest.main()
