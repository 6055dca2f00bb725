#include "http_client/exchange.hpp"

#include "http_client/call_span.hpp"
#include "http_client/message.hpp"

#include <boost/asio/buffer.hpp>

#include <vector>

namespace sundown::http_client {

result<ready_request> make_ready(request what) {
  auto where = parse_url(what.url);
  if (!where) return where.error();
  auto span = begin_span(what, *where);
  auto head = head_of(what, *where);
  if (!head) {
    auto fault = at(where->where, head.error());
    end_span(span, fault);
    return fault;
  }
  return ready_request(std::move(what), std::move(*where), std::move(*head), std::move(span));
}

asio::awaitable<result<opened_answer>> open_answer(pools& all, ready_request& ready, progress& of_call,
                                                   std::atomic<std::uint64_t>& retried) {
  const auto& to = ready.where.where;
  const auto method = ready.what.method;
  const auto with_fate = [&](error fault) {
    fault.detail += fate_of(ready.what, of_call.reached());
    return fault;
  };
  for (bool fresh = false;; fresh = true) {
    auto line = co_await all.at(to).take(fresh, of_call);
    if (!line) co_return with_fate(line.error());
    if (!of_call.advance(progress::step::sent)) co_return with_fate(at(to, {errc::canceled, "given up"}));
    opened_answer answer(std::move(*line), method == http::verb::head);
    std::vector<asio::const_buffer> parts{asio::buffer(ready.head), asio::buffer(ready.what.sent_body())};
    // Who refuses a request before it has read all of it may have answered and closed: the answer is looked for.
    (void)co_await (*answer.line()).write(std::move(parts));
    const auto got = co_await answer.reader().read_head();
    if (got) {
      answered(ready.span, answer.reader().status());
      co_return std::move(answer);
    }
    const bool stale = answer.line().reused() && !answer.reader().has_begun();
    if (!stale || fresh || !is_idempotent(method)) co_return with_fate(at(to, got.error()));
    ready.span.event("sent again on a new connection");
    ++retried;
  }
}

asio::awaitable<result<void>> read_body(opened_answer& from, const ready_request& ready, std::size_t most,
                                        answer& into) {
  const auto& where = ready.where.where;
  auto& body = into.body;
  for (;;) {
    auto piece = co_await from.reader().read_piece();
    if (!piece) co_return at(where, piece.error());
    if (piece->empty()) co_return result<void>();
    into.cut = body.size() + piece->size() > most;
    if (into.cut && !ready.what.cut_if_large)
      co_return error{errc::unavailable, where.text() + ": its answer is larger than " + std::to_string(most) +
                                             " bytes (answer_limit): read it as a stream"};
    body.append(*piece, 0, most - body.size());
    if (into.cut) co_return result<void>();
  }
}

}  // namespace sundown::http_client
