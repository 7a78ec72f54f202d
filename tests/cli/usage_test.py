"""Commands and options: what is asked wrongly is refused with what would be right, exit status 2."""
from squall import SCENARIO, Case

COMMANDS = ("run", "graph", "compile", "replay", "schema", "help")


class Usage(Case):
    def test_nothing_asked_prints_the_help_and_fails(self):
        done = self.squall()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage: squall", done.stderr)

    def test_an_unknown_command(self):
        self.refused('squall: error: "frob" is no command; commands are run, test, diff, graph, new, list, compile, replay, schema, help', "frob")

    def test_a_command_that_a_later_version_will_have_is_unknown(self):
        for command in ("explain", "analyze"):
            self.assertEqual(self.squall(command).returncode, 2, command)

    def test_a_missing_argument(self):
        self.refused("squall: error: SCENARIO is required; see `squall help run`", "run")
        self.refused("squall: error: KIND is required; see `squall help schema`", "schema")
        self.refused("squall: error: --for is required; see `squall help compile`", "compile", "--manifests", "x")

    def test_an_argument_too_many(self):
        self.refused("squall: error: The following argument was not expected: b; see `squall help run`",
                     "run", "a", "b")

    def test_an_unknown_option_is_compared_with_the_known_ones(self):
        self.refused("squall: error: The following argument was not expected: --duratoin=5s; "
                     "did you mean --duration? see `squall help run`", "run", "x.yaml", "--duratoin=5s")
        self.refused("squall: error: The following argument was not expected: --frob; see `squall help run`",
                     "run", "x.yaml", "--frob")

    def test_a_bad_value_of_an_option(self):
        for option, value, wanted in (
                ("--format", "xml", "xml not in {text,json}"),
                ("--color", "sometimes", "sometimes not in {auto,always,never}"),
                ("--runs", "0", "Value 0 not in range 1 to 100000"),
                ("--runs", "many", "Value many not in range 1 to 100000"),
                ("--jobs", "0", "Value 0 not in range 1 to 1024"),
                ("--seed", "-1", "expected an integer from 0 to 18446744073709551615, got -1"),
                ("--seed", "1.5", "expected an integer from 0 to 18446744073709551615, got 1.5"),
                ("--duration", "60", "expected a duration such as 90s or 5m, got 60"),
                ("--duration", "0s", "expected a duration such as 90s or 5m, got 0s")):
            with self.subTest(option=option, value=value):
                self.refused(f"squall: error: {option}: {wanted}; see `squall help run`", "run", "x.yaml", option, value)

    def test_help_lists_the_commands_in_a_line_each(self):
        done = self.squall("help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, self.squall("--help").stdout)
        for command in COMMANDS:
            self.assertRegex(done.stdout, rf"\n  {command}  +\w")
        self.assertNotIn("lab", done.stdout)

    def test_help_of_a_command_says_what_its_option_says_with_an_example(self):
        for command in COMMANDS:
            with self.subTest(command):
                done = self.squall("help", command)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, self.squall(command, "--help").stdout)
                self.assertIn(f"Usage: squall {command} ", done.stdout)
                self.assertIn(f"Example:\n  squall {command} ", done.stdout)

    def test_help_of_what_is_no_command(self):
        self.refused('squall: error: "frob" is no command; commands are run, test, diff, graph, new, list, compile, replay, schema, help', "help", "frob")

    def test_the_version(self):
        done = self.squall("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^squall \d+\.\d+\.\d+\n$")

    def test_a_scenario_may_be_called_like_a_command(self):
        self.write("schema", SCENARIO)
        self.assertEqual(self.squall("run", "schema").returncode, 0)
