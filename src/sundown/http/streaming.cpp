#include "http/streaming.hpp"

#include <utility>

namespace sundown::http {

using detail::framing;

task<result<std::string_view>> body_reader::read() { return source_.read_piece(); }

void response_stream::answer(response whole) { sink_.answer_instead(std::move(whole)); }
task<result<void>> response_stream::start(response head, std::uint64_t length) {
  return sink_.start_stream(std::move(head), {framing::kind::length, length}, false);
}
task<result<void>> response_stream::start(response head) {
  return sink_.start_stream(std::move(head), {framing::kind::chunked, 0}, false);
}
task<result<void>> response_stream::start_endless(response head) {
  return sink_.start_stream(std::move(head), {framing::kind::chunked, 0}, true);
}
task<result<void>> response_stream::write(std::string_view piece) { return sink_.write_piece(piece); }
task<bool> response_stream::wait(std::chrono::milliseconds howlong) { return sink_.wait(howlong); }

}  // namespace sundown::http
