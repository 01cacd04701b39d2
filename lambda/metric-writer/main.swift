import AWS
import Basics
import FunctionRuntime
import LambdaRuntime
import MetricWriter
import Transport

LambdaRuntime.run { environment, loop in
    try MetricWriter(
        environment: environment, aws: AWSConfiguration(environment: environment.variables, loop: loop)
    )
}
