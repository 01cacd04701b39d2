import Basics
import Glibc
import SLARunner

exit(SLARunnerProgram.run(Arguments.ofProcess(), environment: .current()))
