#include "http_client/core.hpp"

#include "base/start_thread.hpp"
#include "http_client/call_span.hpp"
#include "log/failure.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace sundown::http_client {

namespace {

using namespace std::chrono_literals;

constexpr auto sweep_interval = 500ms;
constexpr std::size_t most_names = 3;

}  // namespace

client::core::core(settings given) : how(std::move(given)) {
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression);
  boost::system::error_code ec;
  tls.set_default_verify_paths(ec);
  if (!how.ca.empty()) {
    tls.load_verify_file(how.ca, ec);
    if (ec)
      throw startup_error("the authorities in " + how.ca + " can't be read: " + ec.message() +
                          "; http_client.ca must name a file of certificates in PEM");
  }
  dials.emplace(context, tls, how.connect_timeout);
  all.emplace(*dials, how);
}

void client::core::start() {
  thread = base::start_thread("http client", [this] { run(); });
  asio::post(context, [this] { sweep(); });
}

void client::core::run() {
  while (!finished || running != 0) {
    try {
      context.run_one();
    } catch (...) {
      log::report_failure("a handler of the HTTP client", std::current_exception());
    }
  }
}

void client::core::end() {
  if (!thread.joinable()) return;
  asio::post(context, [this] {
    finished = true;
    sweep_timer.cancel();
    all->sweep(true);
    for (const auto& each : calls()) each->cancel();
  });
  thread.join();
}

void client::core::sweep() {
  all->sweep(false);
  sweep_timer.expires_after(sweep_interval);
  sweep_timer.async_wait([this](boost::system::error_code ec) {
    if (!ec) sweep();
  });
}

asio::awaitable<result<answer>> client::core::send_whole(std::shared_ptr<call> mine) {
  auto opened = co_await open_answer(*all, mine->ready, mine->how_far, retried);
  if (!opened) co_return opened.error();
  answer came;
  const auto read = co_await read_body(*opened, mine->ready, how.answer_limit, came);
  if (!read) co_return read.error();
  if (!came.cut) opened->give_back(how.idle_timeout);
  came.status = opened->reader().status();
  came.headers = opened->reader().headers();
  co_return came;
}

void client::core::ended(call& which, const result<void>& outcome) {
  {
    const std::lock_guard lock(mutex);
    std::erase_if(under_way, [&](const auto& each) {
      const auto other = each.lock();
      return !other || other.get() == &which;
    });
  }
  end_span(which.ready.span, outcome);
  if (on_end) {
    const auto took = std::chrono::steady_clock::now() - which.begun;
    on_end({which.ready.where.where.text(), outcome, took, which.ready.span.where()});
  }
  which.leave();
}

std::shared_ptr<call> client::core::new_call(ready_request ready, detail::call_gate::pass inside) {
  auto made = std::make_shared<call>(context, std::move(ready), std::move(inside), how);
  const std::lock_guard lock(mutex);
  under_way.push_back(made);
  return made;
}

std::function<std::string()> client::core::canceling(const std::shared_ptr<call>& which) {
  return [this, weak = std::weak_ptr(which)] {
    const auto given_up = weak.lock();
    if (!given_up) return std::string("given up when it had ended");
    auto detail = given_up->give_up();
    asio::post(context, [weak] {
      if (const auto still_there = weak.lock()) still_there->cancel();
    });
    return detail;
  };
}

std::vector<std::shared_ptr<call>> client::core::calls() const {
  const std::lock_guard lock(mutex);
  std::vector<std::shared_ptr<call>> all_of_them;
  for (const auto& each : under_way)
    if (auto one = each.lock()) all_of_them.push_back(std::move(one));
  return all_of_them;
}

std::string client::core::names() const {
  std::string text;
  std::size_t count = 0;
  for (const auto& each : calls()) {
    if (count == most_names) return text + ", ...";
    text += (count++ == 0 ? ": " : ", ") + each->name;
  }
  return text;
}

}  // namespace sundown::http_client
