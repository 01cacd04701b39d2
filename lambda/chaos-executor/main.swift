import Basics
import ChaosActivities
import Experiments
import FunctionRuntime
import LambdaRuntime
import Transport

LambdaRuntime.run { environment, loop in
    try ChaosExecutor(environment: environment, loop: loop, registry: ChaosActivities.registry)
}
