import Basics
import FunctionRuntime
import LambdaRuntime
import SLAReport
import Transport

LambdaRuntime.run { environment, loop in
    try SLAReporter(environment: environment, loop: loop)
}
