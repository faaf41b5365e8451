// A chart of a dashboard; a click on a bar, slice or point opens the records behind it.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

interface Point {
  label: string;
  value: number;
  text: string;
  url: string;
  colour: string;
}
interface Options {
  type: "bar" | "line" | "pie" | "funnel";
  series: { name: string; points: Point[] }[];
  looks?: { lying?: boolean; series?: "stacked" | "beside"; shape?: "ring" | "pie" };
  quiet?: boolean; // in a designer: nothing moves, nothing opens
}

const colours: Record<string, string> = {
  blue: "#4f7cf7", azure: "#38a3e8", indigo: "#6f6ee8", purple: "#a86be0", pink: "#e066a3", red: "#e5655c", orange: "#f0914a",
  yellow: "#e9b949", lime: "#8ac44b", green: "#4bb27b", teal: "#37b0a6", cyan: "#3db5cf", gray: "#a7b0bf",
};
const palette = ["blue", "teal", "orange", "purple", "green", "pink", "azure", "yellow", "red", "lime", "cyan", "indigo"].map((name) => colours[name] as string);

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function mount(root: HTMLElement, options: Options): () => void {
  const chart = init(root, undefined, { renderer: "svg" });
  chart.setOption(draw(options, root.clientWidth));
  if (!options.quiet) chart.on("click", (event) => {
    const { url } = event.data as { url?: string };
    if (url) location.assign(url);
  });
  let room = root.clientWidth;
  // On paper the picture takes the room that there is: no script can draw it anew then.
  const scale = (): void => root.querySelector("svg")?.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
  scale();
  const watch = new ResizeObserver(() => {
    chart.resize();
    scale();
    if (Math.abs(root.clientWidth - room) < 8) return;
    room = root.clientWidth;
    chart.setOption(draw(options, room), true); // names get the room that there is now
  });
  watch.observe(root);
  return () => {
    watch.disconnect();
    chart.dispose();
  };
}

function data(points: Point[], coloured: boolean): object[] {
  return points.map((point) => ({
    name: point.label,
    value: point.value,
    text: point.text,
    url: point.url,
    ...(coloured && point.colour ? { itemStyle: { color: colours[point.colour] } } : {}),
  }));
}

function draw({ type, series, looks = {}, quiet }: Options, room: number): EChartsCoreOption {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const text = { color: token("--fl-ink-2"), fontFamily: token("--fl-font"), fontSize: 12 };
  const tooltip = {
    trigger: "item",
    confine: true,
    backgroundColor: token("--fl-surface"),
    borderColor: token("--fl-line"),
    textStyle: { ...text, color: token("--fl-ink") },
    formatter: (each: { name: string; seriesName: string; data: { text: string } }) => element(each, series.length > 1),
  };
  const shared = { color: palette, textStyle: text, tooltip, animation: !quiet && !still.matches, animationDuration: 250, aria: { enabled: true } };
  const first = series[0]?.points ?? [];
  if (type === "pie") return { ...shared, ...slices(first, room, text, looks.shape === "pie") };
  if (type === "funnel") return { ...shared, ...stages(first, text, token) };
  const lying = type === "bar" && looks.lying === true;
  const names = [...new Set(series.flatMap((each) => each.points.map((point) => point.label)))];
  const lines = series.map((each) => {
    const byName = new Map(each.points.map((point) => [point.label, point]));
    const points = names.map((name) => byName.get(name) ?? { label: name, value: 0, text: "0", url: "", colour: "" });
    return { type, name: each.name, data: data(points, series.length === 1), ...(type === "bar" ? { barMaxWidth: 36, itemStyle: { borderRadius: lying ? [0, 4, 4, 0] : [4, 4, 0, 0] }, ...(series.length > 1 && looks.series !== "beside" ? { stack: "all" } : {}) } : { smooth: 0.25, symbolSize: 7, areaStyle: { opacity: 0.08 } }) };
  });
  const axis = { axisLine: { lineStyle: { color: token("--fl-line-strong") } }, axisTick: { show: false }, axisLabel: { ...text, ...namesIn(lying ? 0 : (room - 60) / names.length) } };
  return {
    ...shared,
    ...(series.length > 1 ? { legend: { type: "scroll", top: 0, textStyle: text, icon: "circle", itemWidth: 9 } } : {}),
    grid: { left: 6, right: 12, top: series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
    [lying ? "yAxis" : "xAxis"]: { type: "category", data: names, ...axis, ...(lying ? { inverse: true, axisLabel: { ...text, width: Math.max(60, room * 0.3), overflow: "truncate" } } : {}) },
    [lying ? "xAxis" : "yAxis"]: { type: "value", splitNumber: 4, axisLabel: { ...text, formatter: short }, splitLine: { lineStyle: { color: token("--fl-line") } } },
    series: lines,
  };
}

// Names below an axis: broken into lines where there is room, slanted where there is little, left out where there is none.
function namesIn(room: number): object {
  if (room > 52) return { interval: 0, width: room - 6, overflow: "break" };
  return room > 18 ? { interval: 0, rotate: 38, width: 84, overflow: "truncate" } : { hideOverlap: true };
}

// Slices with their names: beside them where there is room, else below.
function slices(points: Point[], room: number, text: object, full: boolean): EChartsCoreOption {
  const beside = room > 190;
  const names = { type: "scroll", icon: "circle", itemWidth: 9, itemGap: 8 };
  const legend = beside ? { ...names, orient: "vertical", left: "61%", top: "middle", textStyle: { ...text, width: room * 0.39 - 24, overflow: "truncate" } } : { ...names, bottom: 0, textStyle: text };
  return { legend, series: [{ type: "pie", radius: full ? "82%" : ["50%", "82%"], center: beside ? ["30%", "50%"] : ["50%", "44%"], label: { show: false }, data: data(points, true) }] };
}

// Stages in their order as lying bars: lengths can be compared, and the names have room.
function stages(points: Point[], text: object, token: (name: string) => string): EChartsCoreOption {
  const most = Math.max(...points.map((point) => point.value), 1);
  return {
    grid: { left: 4, right: 12, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", max: most * 1.12, show: false },
    yAxis: { type: "category", inverse: true, data: points.map((point) => point.label), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...text, color: token("--fl-ink") } },
    series: [
      {
        type: "bar",
        barWidth: "62%",
        showBackground: true,
        backgroundStyle: { color: token("--fl-hover"), borderRadius: 5 },
        itemStyle: { borderRadius: 5 },
        label: { show: true, position: "right", ...text, color: token("--fl-ink"), formatter: (each: { data: { text: string } }) => each.data.text },
        data: data(points, true),
      },
    ],
  };
}

function element(each: { name: string; seriesName: string; data: { text: string } }, several: boolean): HTMLElement {
  const box = document.createElement("div");
  box.textContent = `${several ? `${each.seriesName} · ` : ""}${each.name}: ${each.data.text}`;
  return box;
}

const compact = new Intl.NumberFormat(document.documentElement.lang || "en", { notation: "compact", maximumFractionDigits: 1 });
function short(value: number): string {
  return compact.format(value);
}
