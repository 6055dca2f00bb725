#include <sundown/trace/tracer.hpp>

#include "trace/ids.hpp"
#include "trace/record.hpp"

#include <boost/endian/conversion.hpp>

namespace sundown::trace {

sampler sampler::ratio(double part) noexcept {
  if (!(part > 0)) return always_off();
  if (part >= 1) return always_on();
  return sampler(static_cast<std::uint64_t>(part * static_cast<double>(all_of_them)), false);
}

bool sampler::samples(const context& parent, const trace_id& trace) const noexcept {
  if (by_parent_ && parent) return parent.sampled();
  return boost::endian::load_big_u64(trace.data() + trace.size() / 2) >> 1 < below_;
}

span tracer::begin(std::string_view name, kind what, const context& parent, bool from_outside,
                   const clock::time_point* began) const {
  if (off()) return span();
  const auto trace = parent ? parent.trace() : detail::next_trace_id();
  const bool sampled = parent && !from_outside ? parent.sampled() : core_->by.samples(parent, trace);
  return begin(name, what, parent, from_outside, began, trace, sampled);
}

span tracer::begin(std::string_view name, kind what, const context& parent, bool from_outside,
                   const clock::time_point* began, const trace_id& trace, bool sampled) const {
  auto* const made = detail::record::take(core_);
  // What is known of an id from outside is what its service says; ours are random.
  const auto random = static_cast<std::uint8_t>(parent ? parent.flags() & context::random_flag : context::random_flag);
  const auto flags = static_cast<std::uint8_t>(random | (sampled ? context::sampled_flag : 0));
  made->begin(what, parent, from_outside, context(trace, detail::next_span_id(), flags, parent.state()));
  if (sampled) made->start_recording(name, began, nullptr);
  return span(made);
}

span tracer::receive_sampled(std::string_view name, kind what, const context& parent, clock::time_point began) const {
  if (off()) return span();
  const auto trace = parent ? parent.trace() : detail::next_trace_id();
  if (!core_->by.samples(parent, trace)) return span();
  return begin(name, what, parent, true, &began, trace, true);
}

}  // namespace sundown::trace
