import { render } from 'preact'
import { App } from './components/app.tsx'
import './styles/base.css'
import './styles/shell.css'
import './styles/chat.css'
import './styles/side.css'
import './styles/cluster.css'

const page = document.getElementById('page')
if (page) render(<App />, page)
