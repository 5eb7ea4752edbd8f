"""A province as large as the largest on record (Zhejiang at the end of 2021: 5,717 accounts), made up."""

from collections.abc import Sequence

from shared.web.regions import names

SITES, ACCOUNTS = 600, 5_700
REGIONS = [code.ljust(6, "0") for code in sorted(names()) if code.startswith("33") and len(code) > 2]
OFFICES = ("公安局", "教育局", "卫生健康局", "财政局", "民政局", "交通运输局", "水利局", "文化和旅游局")
PLATFORMS = ("新浪微博", "微信订阅号", "微信服务号", "抖音", "今日头条", "快手", "微信视频号")
SITE_HEADINGS = (
    *("序号", "网站标识码", "网站名称", "首页网址", "主办单位", "行政区划", "网站类型"),
    *("ICP备案编号", "公安机关备案号", "是否支持IPv6", "其他域名"),
)
ACCOUNT_HEADINGS = ("平台", "账号ID", "账号名称", "主办单位", "行政区划", "认证主体", "账号链接", "是否主账号")


def region(number: int) -> str:
    """The six digits of one of the cities and counties, in turn."""
    return REGIONS[number % len(REGIONS)]


def unit(number: int) -> str:
    """A unit of that region."""
    code = region(number)
    return f"{code[2:4]}市{code[4:]}区{OFFICES[number % len(OFFICES)]}"


def sites() -> Sequence[Sequence[str]]:
    """The list of websites."""
    return [SITE_HEADINGS, *map(_site, range(SITES))]


def accounts() -> Sequence[Sequence[str]]:
    """The list of accounts."""
    return [ACCOUNT_HEADINGS, *map(_account, range(ACCOUNTS))]


def _site(number: int) -> Sequence[str]:
    code = f"{region(number)}{number:04}"
    kind = "门户网站" if number % 20 == 0 else "部门网站"
    name, host = f"{unit(number)}网站{number}", f"s{number}.zj.gov.cn"
    records = (f"浙ICP备{number:08}号", f"浙公网安备{number:014}号", "是" if number % 3 else "否", f"m.{host}")
    return (str(number + 1), code, name, f"https://{host}/", unit(number), region(number), kind, *records)


def _account(number: int) -> Sequence[str]:
    platform, id_ = PLATFORMS[number % len(PLATFORMS)], f"zj{number:05}"
    name = f"{unit(number)}发布{number}"
    main = "是" if number % 5 == 0 else "否"
    return (platform, id_, name, unit(number), region(number), unit(number), f"https://m.x.cn/{id_}", main)
