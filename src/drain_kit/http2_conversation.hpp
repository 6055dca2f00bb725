#pragma once

#include "drain_kit/conversation.hpp"
#include "wire/frame_client.hpp"

#include <vector>

namespace sundown::testing::drain_kit {

/// Streams of a connection. Frames are read in await(), take() and the like only: until then the client has heard of
/// nothing, as one who is a way off.
class http2_conversation final : public conversation {
 public:
  /// `wide`: the server may send as much as the socket takes.
  http2_conversation(std::unique_ptr<wire> over, std::string scheme, bool wide);

  bool speaks_http2() const override { return true; }
  connecting reach(const endpoint& where, milliseconds limit) override { return unconnected_->reach(where, limit); }
  connecting greet(milliseconds limit) override;
  sending ask(const std::vector<request>& requests, milliseconds limit) override;
  sending ask_half(const request& what, milliseconds limit) override;
  sending ask_rest(milliseconds limit) override;
  sending ask_half_head(const request& what, milliseconds limit) override;
  ending await(milliseconds limit) override;
  response take(milliseconds limit) override;
  bool read_head(milliseconds limit) override;
  bool read_until(std::string_view text, milliseconds limit) override;
  ending read_piece(std::size_t most, milliseconds limit) override;
  std::size_t come() const override;
  bool told_end() const override { return frames_ && !frames_->goaways.empty(); }
  std::optional<ending> listen() override;
  ending read_until_end(milliseconds limit) override { return frames_->read_until_end(limit); }
  void shut_windows() override { frames_->opens_windows = false; }
  wire& bytes() override { return frames_ ? frames_->over() : *unconnected_; }

 private:
  /// The first of the owed streams of which that is true.
  template <class Condition>
  std::vector<std::uint32_t>::const_iterator first(Condition holds) const;
  /// The server has said that it hasn't processed it, and won't (RFC 9113 §8.7).
  bool disclaimed(std::uint32_t stream) const;
  bool done(std::uint32_t stream) const;
  response response_of(std::uint32_t stream) const;
  stream_answer& oldest() const { return frames_->on(owed_.front()); }

  std::unique_ptr<wire> unconnected_;
  std::unique_ptr<frame_client> frames_;
  const std::string scheme_;
  const bool wide_;
  std::vector<std::uint32_t> owed_;  ///< streams whose answers haven't been taken
  std::string rest_;                 ///< of the body of the last one
};

}  // namespace sundown::testing::drain_kit
