-- One session; works on Neovim 0.7 and later. It opens E2E_FILE with the setup in E2E_SETUP, reads the first finding
-- of the rule E2E_CODE and takes its preferred fix, saves, and writes what it saw to E2E_RESULT.
local env = vim.env
local seen = { waited = {} }

local function wait(what, condition)
  local start = vim.loop.hrtime()
  if not vim.wait(30000, condition, 20) then
    error("timeout: " .. what)
  end
  seen.waited[#seen.waited + 1] = { what, math.floor((vim.loop.hrtime() - start) / 1e6) }
end

local function code_of(diagnostic)
  local lsp = diagnostic.user_data and diagnostic.user_data.lsp or {}
  return diagnostic.code or lsp.code or "?"
end

local function codes()
  return vim.tbl_map(code_of, vim.diagnostic.get(0))
end

-- those of the rule that the session is about
local function findings()
  return vim.tbl_filter(function(each) return code_of(each) == env.E2E_CODE end, vim.diagnostic.get(0))
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"
end

local ok, problem = pcall(function()
  dofile(env.E2E_SETUP)
  vim.cmd("edit " .. vim.fn.fnameescape(env.E2E_FILE))
  vim.bo.filetype = "python"
  wait("diagnostics", function() return #findings() > 0 end)
  seen.diagnostics = codes()

  local before, count = text(), #findings()
  local finding = findings()[1]
  seen.message = finding.message
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
  vim.lsp.buf.hover()
  local hover
  wait("hover", function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        hover = vim.api.nvim_win_get_buf(window)
        return true
      end
    end
    return false
  end)
  seen.hover = table.concat(vim.api.nvim_buf_get_lines(hover, 0, -1, false), "\n")

  -- the editor's own code action menu, with this in place of the person who picks
  seen.actions = {}
  vim.ui.select = function(items, _, pick)
    local chosen
    for _, item in ipairs(items) do
      local action = item.action or item[2]
      seen.actions[#seen.actions + 1] = action.title
      if action.isPreferred then
        chosen = chosen or item
      end
    end
    if not chosen then
      error("no preferred action")
    end
    pick(chosen)
  end
  vim.lsp.buf.code_action()
  wait("quick fix", function() return text() ~= before end)
  wait("diagnostics after the fix", function() return #findings() < count end)
  seen.after_quick_fix = text()
  seen.diagnostics_after = codes()

  vim.cmd("write")
  seen.saved = text()
  wait("diagnostics after saving", function() return vim.bo.modified == false end)
end)

if not ok then
  io.stderr:write("failed: " .. tostring(problem) .. "\n" .. vim.inspect(seen) .. "\n")
  vim.cmd("cquit! 1")
end
local file = assert(io.open(env.E2E_RESULT, "w"))
file:write(vim.fn.json_encode(seen))
file:close()
vim.cmd("qall!")
