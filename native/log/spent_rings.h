// Deletes rings in shared memory that are no longer needed: unlike a ring beside its log, such a
// ring does not go with the log's directory.
//
// Owner: nobody; called when a ring is made there. Any thread.
#pragma once

#include "log/recover.h"

namespace dllogger {

// Checks a few random rings of this user, and deletes those that are dead and hold no record.
// Called whenever a ring is made, so that such rings stay fewer than the others.
void RemoveSpentRings();

// For a full shared memory: deletes all rings that are dead and hold no record. If there are none,
// deletes the oldest ring whose log is gone for good, and reports it in `recovery`. False if there
// is none either.
bool MakeRoomForRing(Recovery* recovery);

}  // namespace dllogger
