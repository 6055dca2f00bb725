#pragma once

#include <sundown/time.hpp>
#include <sundown/trace/context.hpp>
#include <sundown/trace/span.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sundown::trace {

/// Where the spans go that were sampled and have ended: an exporter, a test.
class sink {
 public:
  /// `span`: one whole Span object of OTLP/JSON (opentelemetry-proto, ProtoJSON), valid during the call. On the thread
  /// on which the span ends, which must not wait here. Any thread, many at a time.
  virtual void take(std::string_view span) noexcept = 0;

 protected:
  ~sink() = default;
};

/// Which traces are sampled. A value.
class sampler {
 public:
  static sampler always_on() noexcept { return sampler(all_of_them, false); }
  static sampler always_off() noexcept { return sampler(0, false); }
  /// That part of the traces, 0 to 1, by the lower eight bytes of the trace id: services with the same ratio sample the
  /// same traces (OpenTelemetry's TraceIdRatioBased). What is beyond 0 and 1 is taken as 0 and 1, NaN as 0.
  static sampler ratio(double part) noexcept;
  /// As the service that calls has decided; `root` decides where nobody has.
  static sampler parent_based(sampler root) noexcept { return sampler(root.below_, true); }

  /// `parent`: empty for a new trace.
  bool samples(const context& parent, const trace_id& trace) const noexcept;

 private:
  static constexpr std::uint64_t all_of_them = std::uint64_t{1} << 63;

  sampler(std::uint64_t below, bool by_parent) noexcept : below_(below), by_parent_(by_parent) {}

  std::uint64_t below_;  ///< of 2^63
  bool by_parent_;
};

namespace detail {

/// What a tracer's spans know of it.
struct tracer_core {
  std::atomic<sink*> to{nullptr};
  sampler by = sampler::always_off();
};

}  // namespace detail

/// Begins spans, and hands those that were sampled to a sink when they end.
///
/// Off until it has a sink: then every span is empty, and costs nothing. Thread safety: any thread, but for send_to(),
/// which is called before spans begin. Lifetime: a span that outlives it is lost.
class tracer {
 public:
  tracer() = default;
  ~tracer() { send_nowhere(); }
  explicit tracer(sink& to, sampler by = sampler::parent_based(sampler::always_on())) noexcept { send_to(to, by); }
  tracer(const tracer&) = delete;
  tracer& operator=(const tracer&) = delete;

  /// From now on. The sink outlives the tracer, or send_nowhere().
  void send_to(sink& to, sampler by = sampler::parent_based(sampler::always_on())) noexcept {
    core_->by = by;
    core_->to.store(&to, std::memory_order_release);
  }
  /// Off again: what ends from now on is lost. Before the sink is destroyed, on a thread beside which no span ends.
  void send_nowhere() noexcept { core_->to.store(nullptr, std::memory_order_release); }
  bool off() const noexcept { return receiver() == nullptr; }
  /// nullptr if it is off.
  sink* receiver() const noexcept { return core_->to.load(std::memory_order_acquire); }

  /// A trace of its own.
  span start(std::string_view name, kind what = kind::internal) const { return begin(name, what, {}, false, nullptr); }
  /// A span below `parent`, of this service; a trace of its own if that is empty.
  span start(std::string_view name, kind what, const context& parent) const {
    return begin(name, what, parent, false, nullptr);
  }
  /// The same for what has begun before.
  span start(std::string_view name, kind what, const context& parent, clock::time_point began) const {
    return begin(name, what, parent, false, &began);
  }
  /// A span below `parent`, which another service has sent; a trace of its own if that is empty.
  span receive(std::string_view name, kind what, const context& parent, clock::time_point began) const {
    return begin(name, what, parent, true, &began);
  }
  /// The same, but an empty one where it isn't sampled: for what has no children any more.
  span receive_sampled(std::string_view name, kind what, const context& parent, clock::time_point began) const;
  /// A span that has begun and ended.
  void record(std::string_view name, kind what, const context& parent, clock::time_point began,
              clock::time_point ended) const {
    start(name, what, parent, began).end(ended);
  }

 private:
  span begin(std::string_view name, kind what, const context& parent, bool from_outside,
             const clock::time_point* began) const;
  span begin(std::string_view name, kind what, const context& parent, bool from_outside, const clock::time_point* began,
             const trace_id& trace, bool sampled) const;

  std::shared_ptr<detail::tracer_core> core_ = std::make_shared<detail::tracer_core>();
};

}  // namespace sundown::trace
