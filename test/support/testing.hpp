#pragma once

#include <sundown/testing/child_process.hpp>
#include <sundown/testing/clock.hpp>
#include <sundown/testing/eventually.hpp>
#include <sundown/testing/fault_proxy.hpp>
#include <sundown/testing/line_capture.hpp>
#include <sundown/testing/notify_socket.hpp>
#include <sundown/testing/raw_client.hpp>
#include <sundown/testing/reply.hpp>
#include <sundown/testing/service_command.hpp>
#include <sundown/testing/temp_dir.hpp>
#include <sundown/testing/unique_fd.hpp>

namespace testing {}  // namespace testing

namespace sundown::test {

using namespace sundown::testing;
namespace testing = ::testing;  // hides sundown::testing, whose names are here already

}  // namespace sundown::test
