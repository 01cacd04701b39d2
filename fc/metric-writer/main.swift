import AlibabaMonitoring
import FunctionCompute
import MetricWriter
import Transport

FunctionCompute.run { environment in
    let services = try AlibabaServices(environment: environment, loop: .onOwnThread())
    return try MetricWriter(environment: environment, aws: services.aws(), platform: services.metrics)
}
