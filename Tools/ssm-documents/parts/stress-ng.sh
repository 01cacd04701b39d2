have_stress() { need stress-ng stress-ng || { say "stress-ng is not to be had: plain shell load is used"; return 1; }; }
