// All that helps on the page on which an assistant is written. Each of these works by itself, and the page without any.

import "./counts.js";
import "./outline_list.js";
import "./find.js";
import "./checks.js";
import "./keep.js";
