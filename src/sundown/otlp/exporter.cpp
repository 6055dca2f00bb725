#include "otlp/exporter.hpp"

#include "base/start_thread.hpp"
#include "http_client/url.hpp"
#include "log/failure.hpp"
#include "otlp/gzip.hpp"

#include <sundown/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sundown::otlp {

using namespace std::chrono_literals;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// A collector's answer is a few bytes.
constexpr std::size_t answer_limit = 64 << 10;

/// How often the flush looks whether a fast stop has brought its end forward.
constexpr milliseconds flush_poll = 20ms;

/// The flush's part of the closers' time that is left: it ends so early that it does not overrun, however late its
/// timer comes.
clock::time_point end_of_flush(clock::time_point begin, clock::time_point closers_end) {
  return begin + std::max(closers_end - begin, clock::duration(0)) / 4 * 3;
}

http_client::settings client_settings(const settings& given) {
  http_client::settings how;
  how.timeout = given.timeout;
  how.connect_timeout = std::min(how.connect_timeout, given.timeout);
  how.connections = 1;
  how.queue = 1;
  how.answer_limit = answer_limit;
  how.ca = given.certificate;
  return how;
}

std::string origin_of(const std::string& url) {
  const auto read = http_client::parse_url(url);
  if (!read) throw startup_error(read.error().detail);
  return read->where.text();
}

}  // namespace

exporter::exporter(settings given, const program& identity)
    : settings_(std::move(given)),
      collector_(origin_of(settings_.endpoint)),
      queue_(settings_.queue, settings_.batch, opening_of(settings_, identity)),
      flush_end_(clock::time_point::max().time_since_epoch().count()),
      client_(client_settings(settings_)),
      random_(std::random_device{}()) {
  asio::co_spawn(context_, serve(), asio::bind_cancellation_slot(give_up_.slot(), [this](const std::exception_ptr&) {
                   closed_ = true;
                   figures_.lost(loss::gave_up, figures_.waiting());
                   ended_.set();
                 }));
  thread_ = base::start_thread("span exporter", [this] { run(); });
}

exporter::~exporter() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] { give_up_.emit(asio::cancellation_type::terminal); });
  end_thread();
}

// -- on the threads that make spans

void exporter::take(std::string_view span) noexcept {
  figures_.taken();
  if (closed_) return figures_.lost(loss::gave_up, 1);
  switch (queue_.put(span)) {
    case span_queue::placed::waits:
      return;
    case span_queue::placed::completes_a_batch:
      return wake();
    case span_queue::placed::refused:
      return figures_.lost(loss::queue_full, 1);
  }
}

/// Without memory for it the batch leaves with the next delay.
void exporter::wake() noexcept {
  try {
    asio::post(context_, [this] { turn_.cancel(); });
  } catch (...) {
    log::report_failure("waking the exporter of spans", std::current_exception());
  }
}

// -- on the exporter's thread

void exporter::run() {
  while (!ended_.is_set()) {
    try {
      context_.run_one();
    } catch (...) {
      log::report_failure("a handler of the exporter of spans", std::current_exception());
    }
  }
}

asio::awaitable<void> exporter::serve() {
  turn_.expires_after(settings_.delay);
  for (;;) {
    co_await wait_for_turn();
    const bool last = closing_;
    const bool also_partial = last || clock::now() >= turn_.expiry();
    if (also_partial) turn_.expires_after(settings_.delay);
    const auto how = co_await deliver_waiting(also_partial);
    // What still waits when the stop's flush has given up fares no better.
    if (last || (closing_ && how == delivery::given_up)) co_return;
  }
}

/// Until a batch is complete, the delay is over or the stop has come.
asio::awaitable<void> exporter::wait_for_turn() {
  if (closing_ || queue_.has_complete()) co_return;
  co_await turn_.async_wait(as_values);
}

asio::awaitable<exporter::delivery> exporter::deliver_waiting(bool also_partial) {
  for (;;) {
    co_await rest(not_before_, true);
    if (clock::now() < not_before_) co_return delivery::given_up;
    auto next = queue_.take(also_partial || closing_);
    if (!next) co_return delivery::settled;
    const auto count = next->count;
    auto how = delivery::given_up;
    try {
      how = co_await deliver(std::move(*next));
    } catch (const std::bad_alloc&) {
      log::report_failure("delivering spans", std::current_exception());
    }
    if (how == delivery::settled) continue;
    figures_.lost(loss::gave_up, count);
    if (closing_) co_return delivery::given_up;
  }
}

asio::awaitable<exporter::delivery> exporter::deliver(batch spans) {
  spans.text += closing;
  const auto body = std::make_shared<const std::string>(settings_.gzip ? gzip(spans.text) : std::move(spans.text));
  const bool ends = settings_.export_timeout.count() != 0;
  const auto last = ends ? clock::now() + settings_.export_timeout : clock::time_point::max();
  backoff waits;
  for (;;) {
    auto what = request_of(body).within(time_for_a_try(std::min(last, flush_end())));
    const auto told = co_await post(std::move(what), spans.count);
    settle(told, spans.count);
    figures_.ended(told);  // last: who sees the try sees what it has come to
    if (told.what == judgement::kind::accepted || told.what == judgement::kind::refused) co_return delivery::settled;
    const auto jitter = std::uniform_real_distribution<double>()(random_);
    const auto wait = told.retry_after ? *told.retry_after : waits.next(jitter);
    const auto until = clock::now() + wait;
    if (told.retry_after) not_before_ = until;  // also for the next batch
    if (is_hopeless() || until >= std::min(last, flush_end())) co_return delivery::given_up;
    co_await rest(until, told.retry_after.has_value());
    if (told.retry_after && clock::now() < until) co_return delivery::given_up;
  }
}

/// The pause before the next try. The stop cuts it short: at once, unless the collector itself has named the time; then
/// only if that is too late.
asio::awaitable<void> exporter::rest(clock::time_point until, bool by_its_word) {
  while (clock::now() < until) {
    if (closing_ && by_its_word && until >= flush_end()) co_return;
    rest_.expires_at(until);
    const bool closing_before = closing_;
    co_await rest_.async_wait(as_values);
    if (!closing_before && closing_ && !by_its_word) co_return;
  }
}

milliseconds exporter::time_for_a_try(clock::time_point limit) const {
  const auto now = clock::now();
  if (limit - now >= settings_.timeout) return settings_.timeout;
  return std::max(std::chrono::ceil<milliseconds>(limit - now), 1ms);
}

asio::awaitable<judgement> exporter::post(http_client::request what, std::size_t spans) {
  const auto came = co_await client_.async_send(std::move(what), asio::use_awaitable);
  co_return judge(came, spans, std::chrono::system_clock::now());
}

http_client::request exporter::request_of(std::shared_ptr<const std::string> body) const {
  http_client::request what(http::verb::post, settings_.endpoint, "application/json", {});
  what.shared_body = std::move(body);
  what.resent_anyway = true;
  what.cut_if_large = true;  // the status says whether the spans have arrived
  if (settings_.gzip) what.headers.emplace_back("Content-Encoding", "gzip");
  for (const auto& each : settings_.headers) what.headers.push_back(each);
  return what;
}

void exporter::settle(const judgement& told, std::size_t spans) {
  using kind = judgement::kind;
  unreachable_ = told.what == kind::unreachable;
  const bool away = unreachable_ || told.what == kind::overloaded;
  if (!away && std::exchange(away_, false) && told_)
    log::info("traces: the collector is back",
              {{"collector", collector_}, {"spans_lost", figures_.lost() - lost_before_}});
  if (away) {
    last_fault_ = told.why;
    if (std::exchange(away_, true)) return;
    lost_before_ = figures_.lost();
    told_ = complaints_.due();
    if (told_) log::warn("traces: the collector takes no spans", {{"collector", collector_}, {"error", told.why}});
  } else if (told.what == kind::refused) {
    last_fault_ = told.why;
    figures_.lost(loss::refused, spans);
    if (refusals_.due(told.why))
      log::warn("traces: the collector refuses spans",
                {{"collector", collector_}, {"error", told.why}, {"spans", spans}});
  } else {
    if (told.unread && !std::exchange(told_of_unread_, true))
      log::warn("traces: the collector's answers are too long to be read: what it rejects of the spans is not known",
                {{"collector", collector_}, {"limit", answer_limit}});
    figures_.sent(spans - told.rejected);
    figures_.lost(loss::refused, told.rejected);
    last_fault_ = told.rejected == 0 ? "" : collector_ + " has rejected them: " + told.why;
    // Also without a loss it may have something to say.
    if ((told.rejected != 0 || !told.why.empty()) && refusals_.due(told.why))
      log::warn("traces: the collector has rejected a part of the spans",
                {{"collector", collector_}, {"error", told.why}, {"spans", told.rejected}});
  }
}

// -- at the stop

asio::awaitable<void> exporter::close(const stop::budget& stop_clock) {
  const auto begin = clock::now();
  const auto end = [&] { return end_of_flush(begin, stop_clock.closers_end()); };
  const auto tell = [&] { flush_end_ = end().time_since_epoch().count(); };
  const auto lost_before = figures_.lost();
  tell();
  asio::post(context_, [this] {
    closing_ = true;
    was_unreachable_ = unreachable_;
    turn_.cancel();
    rest_.cancel();
  });
  for (auto now = begin; !ended_.is_set() && now < end(); now = clock::now()) {
    tell();
    co_await ended_.wait_until(std::min(now + flush_poll, end()));
  }
  if (!ended_.is_set()) {
    asio::post(context_, [this] { give_up_.emit(asio::cancellation_type::terminal); });
    co_await ended_.wait();
  }
  end_thread();
  if (const auto lost = figures_.lost() - lost_before; lost != 0)
    omitted_ = std::to_string(lost) + (lost == 1 ? " span: " : " spans: ") +
               (last_fault_.empty() ? collector_ + " did not answer in time" : last_fault_);
}

// In this order: a call that is cancelled is answered by the client's thread.
void exporter::end_thread() {
  thread_.join();
  client_.abandon();
}

std::string exporter::waiting_for() const {
  const auto waiting = figures_.waiting();
  return waiting == 0 ? std::string() : std::to_string(waiting) + (waiting == 1 ? " span" : " spans");
}

std::string exporter::omitted() const { return omitted_; }

}  // namespace sundown::otlp
