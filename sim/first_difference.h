// First difference: the first decision in which two runs of one request differ, in words.
//
// Goes down from the request of the load: which way it took, attempt by attempt where it was sent
// and what came back; an answer that differs is looked for in the calls that the pod made. That
// another host was picked counts where they do not tell it. What is said names the resource that
// decided it.
#pragma once
#include <cstdint>
#include <optional>

#include "reports/diff_report.pb.h"
#include "sim/trace.h"

namespace squall::sim {

struct FirstDifference {
  reports::Decision before, after;
};

/// Of a span on either side; none: no decision that is traced differs.
std::optional<FirstDifference> first_difference(const Trace& before, std::uint32_t one,
                                                const Trace& after, std::uint32_t other);

/// Both in one sentence.
std::string text_of(const FirstDifference& difference);

}  // namespace squall::sim
