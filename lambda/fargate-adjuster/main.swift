import Basics
import FargateAdjuster
import FunctionRuntime
import LambdaRuntime
import Transport

LambdaRuntime.run { environment, loop in
    try FargateAdjuster(environment: environment, loop: loop)
}
