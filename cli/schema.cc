// `squall schema KIND`: the JSON Schema of a file that squall reads or writes.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_schema.h"
#include "cli/test_schema.h"
#include "reports/report_schema.h"

namespace squall::cli {

void add_schema(CLI::App& app, int& status) {
  CLI::App& schema =
      *app.add_subcommand("schema", "print the JSON Schema of scenarios, tests or reports");
  struct Options {
    std::string kind;
    Output output;
  };
  auto options = std::make_shared<Options>();
  schema
      .add_option("KIND", options->kind,
                  "scenario, test, report, diff or test-report (of squall diff and squall test)")
      ->required()
      ->check(CLI::IsMember({"scenario", "test", "report", "diff", "test-report"}));
  schema.add_option("-o,--output", options->output.file, "write it to FILE")->type_name("FILE");
  schema.footer("Example:\n  squall schema scenario -o scenario.schema.json");
  schema.callback([&status, options] {
    const std::string& kind = options->kind;
    const std::string text = kind == "scenario" ? scenario_schema()
                             : kind == "test"   ? std::string(kTestSchema)
                             : kind == "report" ? reports::report_schema()
                             : kind == "diff"   ? reports::diff_schema()
                                                : reports::test_report_schema();
    if (!options->output.write(text)) status = kBadInput;
  });
}

}  // namespace squall::cli
