import Basics
import FargateAdjuster
import Glibc

exit(ServoDriver.run(Array(CommandLine.arguments.dropFirst()), environment: .current()))
