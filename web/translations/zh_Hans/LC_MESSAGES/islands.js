window.formloomTexts={"Add “{text}”": "添加“{text}”", "All of these hold": "满足以下全部条件", "Any of these holds": "满足以下任一条件", "Are you sure?": "确定吗？", "Cancel": "取消", "Close": "关闭", "Comparison": "比较方式"};
