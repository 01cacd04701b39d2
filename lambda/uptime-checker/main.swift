import AWS
import Basics
import FunctionRuntime
import LambdaRuntime
import Transport
import UptimeChecker

LambdaRuntime.run { environment, loop in
    try await UptimeChecker(
        environment: environment, loop: loop, aws: AWSConfiguration(environment: environment.variables, loop: loop)
    )
}
