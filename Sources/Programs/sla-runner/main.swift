import Basics
import FunctionRuntime
import Glibc
import SLARunner

exit(Program.run(CommandLine.arguments.dropFirst(), environment: .current()))
