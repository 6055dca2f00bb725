#include "storage/sqlite/bus.hpp"

#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <thread>

#include <fcntl.h>
#include <sys/mman.h>

namespace sundown::test {
namespace {

using sqlite::survives_bus_error;

/// A file of a page that is mapped into memory, as SQLite's index is.
class SqliteBus : public testing::Test {
 protected:
  SqliteBus() {
    sqlite::heed_bus_errors();
    const unique_fd file(open((folder / "mapped").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (ftruncate(file.get(), 4096) != 0) throw std::runtime_error("ftruncate");
    mapped = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0));
  }
  ~SqliteBus() override { munmap(mapped, 4096); }

  void cut() { std::filesystem::resize_file(folder / "mapped", 0); }

  const temp_dir folder{data_directory()};
  char* mapped;
};

void touch(void* what) { *static_cast<volatile char*>(what) = 1; }

// A touch of what was cut off ends the call alone, as often as it happens and in whatever thread; calls that touch
// nothing of it are done.
TEST_F(SqliteBus, EndsTheCallAlone) {
  EXPECT_TRUE(survives_bus_error(touch, mapped));
  cut();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(survives_bus_error(touch, mapped));
  std::thread([&] { EXPECT_FALSE(survives_bus_error(touch, mapped)); }).join();
  char elsewhere = 0;
  EXPECT_TRUE(survives_bus_error(touch, &elsewhere));
  EXPECT_EQ(elsewhere, 1);
}

// Outside of such a call a bus error is what it always was.
TEST_F(SqliteBus, EndsTheProcessOtherwise) {
  cut();
  EXPECT_EXIT(touch(mapped), testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace sundown::test
