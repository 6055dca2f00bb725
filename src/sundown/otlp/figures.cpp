#include "otlp/figures.hpp"

#include "base/program_name.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

namespace sundown::otlp {

namespace {

constexpr std::array loss_names{"queue_full", "refused", "gave_up"};
constexpr std::array export_names{"accepted", "partial", "refused", "overloaded", "unreachable"};

std::size_t place_of(const judgement& told) noexcept {
  switch (told.what) {
    case judgement::kind::accepted:
      return told.rejected == 0 ? 0 : 1;
    case judgement::kind::refused:
      return 2;
    case judgement::kind::overloaded:
      return 3;
    case judgement::kind::unreachable:
      return 4;
  }
  return 4;
}

/// One counter for each name, at zero.
template <std::size_t Size>
void show_each(std::array<prometheus::Counter*, Size>& shown, prometheus::Family<prometheus::Counter>& among,
               const char* label, const std::array<const char*, Size>& names) {
  for (std::size_t i = 0; i < Size; ++i) shown[i] = &among.Add({{label, names[i]}});
}

}  // namespace

void figures::lost(loss why, std::size_t spans) noexcept {
  if (spans == 0) return;
  lost_.fetch_add(spans, std::memory_order_relaxed);
  if (auto* const shown = losses_shown_[static_cast<std::size_t>(why)]) shown->Increment(static_cast<double>(spans));
}

void figures::ended(const judgement& told) noexcept {
  if (auto* const shown = exports_shown_[place_of(told)]) shown->Increment();
}

std::uint64_t figures::waiting() const noexcept {
  const auto settled = sent_.load(std::memory_order_relaxed) + lost();
  const auto taken = taken_.load(std::memory_order_relaxed);
  return taken > settled ? taken - settled : 0;  // read one after the other
}

stop::span_counts figures::at_the_end() const noexcept {
  const auto sent = sent_.load(std::memory_order_relaxed);
  const auto taken = taken_.load(std::memory_order_relaxed);
  return {sent, taken > sent ? taken - sent : 0};
}

void figures::show(metrics& among, const std::string& program_name) {
  const auto prefix = base::metric_prefix(program_name) + '_';
  show_each(losses_shown_,
            prometheus::BuildCounter()
                .Name(prefix + "spans_lost_total")
                .Help("Spans that were not delivered, by the reason.")
                .Register(among.registry()),
            "reason", loss_names);
  show_each(exports_shown_,
            prometheus::BuildCounter()
                .Name(prefix + "span_exports_total")
                .Help("Tries to deliver a batch of spans, by their outcome.")
                .Register(among.registry()),
            "outcome", export_names);
  among.counter("spans_sent_total", "Spans that the collector has taken.",
                [this] { return static_cast<double>(sent_.load(std::memory_order_relaxed)); });
  among.gauge("spans_waiting", "Spans that wait for their delivery, or are under way.",
              [this] { return static_cast<double>(waiting()); });
}

}  // namespace sundown::otlp
