installDependencies=True
need stress-ng stress-ng || die "stress-ng could not be installed"
stress-ng --version
