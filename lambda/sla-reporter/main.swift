import LambdaRuntime
import SLAReport
