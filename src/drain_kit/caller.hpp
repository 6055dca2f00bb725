#pragma once

#include "drain_kit/score.hpp"
#include "drain_kit/stage.hpp"
#include "drain_kit/timeline.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::testing::drain_kit {

/// One client: its connection, what is drawn of it, and where its requests are counted. What fails is counted here, so
/// that a scenario only says what its client does; a call that returns false or nothing ends the client.
/// Thread safety: none, one thread each.
class caller {
 public:
  caller(stage& scene, score& count, lane& drawn, starting_line& line)
      : scene_(scene), score_(count), lane_(drawn), line_(line) {}
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  /// Whoever is not in position by now will never be: the signal need not wait for it.
  ~caller();

  /// `receive_buffer`: a small one, so that the server soon notices a slow reader.
  bool connect(int receive_buffer = 0);
  /// TCP alone; connect() goes on from there.
  bool reach();
  /// After reach(), the first word of the handshake over TLS; connect() goes on from there.
  void begin_greeting() { peer_->begin_greeting(); }
  /// Waits until all clients of the kind have come as far, or failed: handshakes take their time. Only for clients with
  /// a thread of their own.
  void line_up();
  bool ask(const request& what) { return ask(std::vector{what}); }
  bool ask(const std::vector<request>& requests);
  bool ask_half(const request& what);
  bool ask_rest();
  /// In HTTP/2 no request: one that isn't there whole is never begun.
  bool ask_half_head(const request& what);
  /// A request of HTTP/1 by its bytes, of which send() sends what these are not.
  bool ask_in_parts(std::string_view bytes);
  bool send(std::string_view bytes);

  /// The next answer, which must be whole and have this status, unless its stream was refused.
  std::optional<response> take_answer(int status = 200);
  /// One that is not the last: the kit counts the handshake of a WebSocket with what follows.
  std::optional<response> take_uncounted(int status);
  /// The next answer, which may have either status.
  bool take_either(int status, int other);
  /// The rest of a stream, which must end in order and have this text.
  bool take_stream(std::string_view last);
  /// What was never a whole request: an answer with this status, or an end in order.
  bool take_end_or(int status);
  /// An answer that says that the request was given up.
  bool take_cut(int status);
  bool read_head();
  /// Reads until the text has come.
  bool read_until(std::string_view text);
  /// Reads as somebody does who is slow, until that much is there.
  void read_slowly(std::size_t enough, std::size_t piece, milliseconds pause);

  /// A request is done, other than by an HTTP answer.
  void count_answered();
  /// A request was not sent, since the connection had been closed in order: it can go elsewhere.
  void count_refused() { score_.refused(); }
  /// The server must now end the connection in order.
  void expect_end();
  /// The server must end the connection by force: what was asked for never comes whole.
  void expect_cut();
  /// The server must reset the stream.
  bool expect_stream_cut();
  /// Takes what has come to a client that asks for nothing; true once the connection has ended.
  bool ended();
  /// What has just come was to come after the signal; if it didn't, this is no run of the scenario.
  void expect_late() {
    if (!stopping()) score_.early();
  }
  void breach(const std::string& what) { score_.breach(what); }
  /// Closes the connection from this side.
  void close();

  /// As the scenario wants it at the signal.
  void in_position();
  clock::time_point wait_signal() const { return scene_.wait_signal(); }
  bool stopping() const { return scene_.stopping(); }
  bool over() const { return scene_.over(); }
  milliseconds limit() const { return scene_.limit(); }
  lane& drawn() { return lane_; }
  conversation& peer() { return *peer_; }
  /// Requests sent that have no answer yet.
  std::size_t owed() const { return owed_; }

 private:
  response read();
  ending read_piece(std::size_t most);
  void arrive();
  void count_asked(std::size_t requests);
  bool sent(sending how);
  /// What became of an attempt to connect.
  bool made(connecting how);
  /// Notices once that the server has announced the end of the connection.
  void hear();
  void end(ending how);
  void lose(const std::string& why);
  /// Of a connection that has ended: what became of the streams that are still owed.
  void settle_rest();

  stage& scene_;
  score& score_;
  lane& lane_;
  starting_line& line_;
  std::unique_ptr<conversation> peer_;
  std::size_t owed_ = 0;
  bool told_end_ = false, reached_ = false;
  bool in_position_ = false, arrived_ = false;
};

}  // namespace sundown::testing::drain_kit
