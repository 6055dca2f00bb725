#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::testing::drain_kit {

/// One request to the kernel's tables of interfaces, addresses and routes (rtnetlink(7)), in the network namespace of
/// the thread that sends it.
class route_request {
 public:
  /// RTM_NEWLINK and the like, and NLM_F_CREATE and the like.
  route_request(std::uint16_t type, std::uint16_t flags);

  /// What follows the head: ifinfomsg, ifaddrmsg or rtmsg.
  template <class Body>
  route_request& body(const Body& value) {
    append({reinterpret_cast<const char*>(&value), sizeof value});
    return *this;
  }
  route_request& text(std::uint16_t type, const std::string& value);
  route_request& number(std::uint16_t type, std::uint32_t value);
  /// In network order.
  route_request& address(std::uint16_t type, std::uint32_t value);
  /// An attribute of attributes: `fill` adds these.
  template <class Fill>
  route_request& nested(std::uint16_t type, Fill fill) {
    const auto at = bytes_.size();
    attribute(type, {});
    fill(*this);
    close(at);
    return *this;
  }
  /// Throws std::system_error where the kernel refuses.
  void send(const char* what);

 private:
  void append(std::string_view bytes);
  route_request& attribute(std::uint16_t type, std::string_view value);
  /// Writes the length of the attribute that begins there.
  void close(std::size_t at);

  std::string bytes_;
};

}  // namespace sundown::testing::drain_kit
