// A page of work that goes on renews itself until the work is done: such a page alone loads this script.
"use strict";

setTimeout(() => location.reload(), 1500);
