#include "drain_kit/attempt.hpp"

#include "drain_kit/text.hpp"

#include <chrono>

namespace sundown::testing::drain_kit {
namespace {

std::string seconds(milliseconds limit) { return fixed(std::chrono::duration<double>(limit).count(), 0) + " s"; }

}  // namespace

attempt tried(conversation& client, const endpoint& where, const request& what, milliseconds limit) {
  switch (const auto how = client.connect(where, limit)) {
    case connecting::connected:
      return tried(client, what, limit);
    case connecting::refused:
      return {0, "nobody listens there (connection refused)"};
    case connecting::timed_out:
      return {0, "no connection within " + seconds(limit)};
    default:
      return {0, std::string("connect: ") + to_string(how)};
  }
}

attempt tried(conversation& client, const request& what, milliseconds limit) {
  if (const auto how = client.ask({what}, limit); how != sending::sent)
    return {0, std::string("send: ") + to_string(how)};
  const auto answer = client.take(limit);
  if (answer.whole()) return {answer.status, "status " + std::to_string(answer.status)};
  if (client.speaks_http2() && client.bytes().received().starts_with("HTTP/1."))
    return {0, "it speaks HTTP/1, not HTTP/2"};
  if (answer.status == 0 && answer.end == ending::timed_out && client.bytes().received().empty())
    return {0, "nothing comes within " + seconds(limit)};
  return {0, answer.fault};
}

}  // namespace sundown::testing::drain_kit
