import Basics
import Glibc
import SLARunner

exit(SLARunnerProgram.run(CommandLine.arguments.dropFirst(), environment: .current()))
