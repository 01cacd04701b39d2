"""A connector of servox that runs Tocsin's `adjust`: servox has none for ECS.

Put it beside servo.yaml, with `adjust` in PATH and its own config.yaml (OPTUNE_CONFIG), and start servox so that it finds it:

    PYTHONPATH=. OPTUNE_ECS_USE_RANGES=1 servo run      # servo.yaml: `connectors: {fargate: servox_fargate.FargateConnector}`
"""
import asyncio
import json
import signal

import servo

# Reasons for which the wanted values are to blame, so that the optimizer does not try them again.
REJECTED = {"out-of-memory", "container-exited", "container-health", "target-health", "alarm", "circuit-breaker"}


class FargateConfiguration(servo.BaseConfiguration):
    description: str = "Fargate services, by Tocsin's adjust"
    program: str = "adjust"
    app: str = "app"


@servo.metadata(description="Adjusts services on AWS Fargate", version="1.0.0", maturity=servo.Maturity.stable)
class FargateConnector(servo.BaseConnector):
    config: FargateConfiguration

    @servo.on_event()
    async def describe(self, control: servo.Control = servo.Control()) -> servo.Description:
        return servo.Description(components=await self.current())

    @servo.on_event()
    async def components(self) -> list[servo.Component]:
        return await self.current()

    @servo.on_event()
    async def adjust(
        self, adjustments: list[servo.Adjustment], control: servo.Control = servo.Control()
    ) -> servo.Description:
        components = {}
        for one in adjustments:
            settings = components.setdefault(one.component_name, {"settings": {}})["settings"]
            settings[one.setting_name] = {"value": one.value}
        await self.run([self.config.app], {"application": {"components": components}})
        return servo.Description(components=await self.current())

    async def current(self) -> list[servo.Component]:
        answer = await self.run(["--describe", self.config.app])
        return [
            servo.Component(name, [self.setting(key, entry) for key, entry in component["settings"].items()])
            for name, component in answer["application"]["components"].items()
        ]

    @staticmethod
    def setting(name: str, entry: dict) -> servo.Setting:
        kind = servo.EnumSetting if entry["type"] == "enum" else servo.RangeSetting
        entry = {key: value for key, value in entry.items() if key in kind.__fields__}
        if any(isinstance(entry.get(key), float) for key in ("min", "max", "step")):
            # servox warns of ranges that mix 4 and 0.25.
            entry |= {key: float(entry[key]) for key in ("min", "max", "step", "value")}
        return kind(name=name, **entry)

    async def run(self, arguments: list[str], request: dict | None = None) -> dict:
        process = await asyncio.create_subprocess_exec(
            self.config.program, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        try:
            process.stdin.write(json.dumps(request).encode() if request else b"")
            process.stdin.close()
            result = {}
            async for line in process.stdout:
                answer = json.loads(line)
                if "progress" in answer:
                    self.logger.info(answer["message"], progress=answer["progress"])
                else:
                    result = answer
            await process.wait()
        except asyncio.CancelledError:
            # It puts the services back, and ends then.
            process.send_signal(signal.SIGUSR1)
            await process.wait()
            raise
        if process.returncode == 0:
            return result
        kind = servo.AdjustmentRejectedError if result.get("reason") in REJECTED else servo.AdjustmentFailedError
        raise kind(result.get("message", "adjust ended without a result"), reason=result.get("reason", "unknown"))
