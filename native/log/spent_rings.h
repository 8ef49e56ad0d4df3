// Rings in shared memory that nobody needs any more: no directory that is deleted takes them along.
//
// Owner: nobody; functions for whoever makes a ring there. Any thread.
#pragma once

#include "log/recover.h"

namespace dllogger {

// Looks at a few rings of this user's, by chance, and deletes those that are dead and hold no
// record. Whoever makes a ring does so, and so they stay fewer than the others.
void RemoveSpentRings();

// Shared memory has no room for a ring: deletes all rings that are dead and hold no record. Where
// there is none, deletes the oldest of those whose log is gone for good, and tells of it in
// `recovery`. False where there is none either.
bool MakeRoomForRing(Recovery* recovery);

}  // namespace dllogger
