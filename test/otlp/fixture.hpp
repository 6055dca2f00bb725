#pragma once

#include "http_client/scripted_server.hpp"
#include "otlp/exporter.hpp"
#include "service/own_metrics.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"
#include "wire/reserved_port.hpp"

#include <sundown/program.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::test {

/// An answer with a length.
inline std::string answer(std::string_view status, std::string_view body = "{}", std::string_view fields = {}) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// A collector that answers as the test says: `answers` in their order, the last one again and again.
class scripted_collector {
 public:
  explicit scripted_collector(std::vector<std::string> answers = {answer("200 OK")})
      : answers_(std::move(answers)), server_([this](peer& client, int) { serve(client); }) {}
  ~scripted_collector() { release(); }

  const scripted_server& server() const noexcept { return server_; }
  std::string url() const { return server_.url("/v1/traces"); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t count() const { return requests().size(); }
  /// Until release() it takes requests and answers none.
  void freeze() { frozen_ = true; }
  void release() { frozen_ = false; }

 private:
  void serve(peer& client) {
    for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
      std::string next;
      {
        const std::lock_guard lock(mutex_);
        next = answers_.at(std::min(requests_.size(), answers_.size() - 1));
        requests_.push_back(std::move(request));
      }
      eventually(ample, [&] { return !frozen_; });
      if (!client.send(next)) return;
    }
  }

  const std::vector<std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::atomic<bool> frozen_{false};
  scripted_server server_;
};

/// Batches of two, and nothing leaves before it is one: what a batch holds is not a matter of who is scheduled when.
inline otlp::settings quick(std::string url) {
  otlp::settings given;
  given.endpoint = std::move(url);
  given.batch = 2;
  given.queue = 100;
  given.delay = std::chrono::hours(1);
  return given;
}

/// A port on which nobody listens.
inline std::string dead_url() {
  static const reserved_port nobody;
  return "http://127.0.0.1:" + std::to_string(nobody.number()) + "/v1/traces";
}

/// The tries that have ended so, as /metrics has them.
inline double exports(const metrics& shown, const std::string& outcome) {
  for (const auto& family : shown.contents().registry.Collect())
    for (const auto& each : family.metric)
      for (const auto& label : each.label)
        if (label.value == outcome) return each.counter.value;
  return -1;
}

inline std::string span_named(int number) { return R"({"name":"s)" + std::to_string(number) + R"("})"; }

inline void take(otlp::exporter& into, int spans) {
  for (int i = 0; i < spans; ++i) into.take(span_named(i));
}

inline program shop() { return {"shop", "1.2.0"}; }

/// The exporter's part of a stop whose total is so long.
class stopping {
 public:
  explicit stopping(milliseconds total) : clock_(plan(total)) { clock_.start(sundown::clock::now(), false); }

  /// Closes it. How long before the end of the closers' time that came.
  milliseconds close(otlp::exporter& which) {
    worker_.run(which.close(clock_));
    return between(sundown::clock::now(), clock_.closers_end());
  }
  stop::budget& clock() { return clock_; }
  worker_thread& worker() { return worker_; }

 private:
  static stop::stop_plan plan(milliseconds total) {
    shutdown_config given;
    given.total = total;
    return stop::make_plan(given);
  }

  stop::budget clock_;
  worker_thread worker_;
};

}  // namespace sundown::test
